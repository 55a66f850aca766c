import type { Handlers, Streams } from "../contract/implement.ts";
import {
  answerApproval,
  deleteApprovalRule,
  getApproval,
  listApprovalRules,
  listApprovals,
} from "./approvals.ts";
import { cancelBatch, cancelSession, getBatch, waitForBatch } from "./batches.ts";
import { claimCandidate, listCandidates, releaseCandidate } from "./candidates.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { getCostLimits, putCostLimits } from "./cost-limits.ts";
import { forkSession, retrySession } from "./copy-session.ts";
import { consolidateFindings } from "./consolidate.ts";
import { createSessions } from "./create-sessions.ts";
import { distill, listFindings, voteDistill } from "./findings.ts";
import { cancelFlow, createFlow, getFlow, listFlows, resumeFlow, waitForFlow } from "./flows.ts";
import { planFlow } from "./plan-flow.ts";
import { getDaemon, getPool, putPool } from "./daemon.ts";
import { greetDaemon } from "./greet-daemon.ts";
import { findHints, listHints } from "./hints.ts";
import { readInbox, showInbox } from "./inbox.ts";
import { ask, broadcast, respond, whisper } from "./mail.ts";
import { getMessage, listMessages, sendMessage } from "./messages.ts";
import { keepInTree, keepStreamsInTree } from "./keep-in-tree.ts";
import { listEvents, streamEvents } from "./list-events.ts";
import { listAgents } from "./agents.ts";
import { listTools } from "./list-tools.ts";
import type { OperationParts } from "./parts.ts";
import { listPeers } from "./peers.ts";
import { pickUpCandidate } from "./pick-up-candidate.ts";
import { checkPolicy, showPolicy } from "./policy.ts";
import { getSession, getSessionResult, getSessionTree, listSessions } from "./read-sessions.ts";
import { getCost } from "./report-cost.ts";
import { removeSession } from "./remove-session.ts";
import { resumeSession } from "./resume-session.ts";
import { getSessionLog } from "./session-log.ts";
import { listModels, listProviders } from "./models.ts";
import { listRoles } from "./roles.ts";
import { getSessionEvents, streamSessionEvents } from "./session-events.ts";
import { searchTexts } from "./search.ts";
import { shareReads } from "./shared-reads.ts";
import { testProvider } from "./test-provider.ts";
import { closeThread, getThread, listThreads, noteThread, openThread } from "./threads.ts";
import { waitForMail } from "./wait-for-mail.ts";
import { inspectTrust, listTrust, removeTrust, trustFolder } from "./trust.ts";
import { applySession, getSessionDiff } from "./worktrees.ts";

/** Every operation of the table with its implementation. */
export function implementOperations(parts: OperationParts): Handlers {
  return keepInTree(parts, {
    createSessions: (input, context) => createSessions(parts, input, context),
    listSessions: (input, context) => listSessions(parts, input, context),
    getSession: (input) => getSession(parts, input),
    getSessionEvents: (input) => getSessionEvents(parts, input),
    getSessionLog: (input) => getSessionLog(parts, input),
    getSessionResult: (input) => getSessionResult(parts, input),
    getSessionTree: (input) => getSessionTree(parts, input),
    ...implementFolders(parts),
    cancelSession: (input) => cancelSession(parts, input),
    sendMessage: (input, context) => sendMessage(parts, input, context),
    getMessage: (input) => getMessage(parts, input),
    listMessages: (input) => listMessages(parts, input),
    ...implementMail(parts),
    ...implementFindings(parts),
    resumeSession: (input, context) => resumeSession(parts, input, context),
    retrySession: (input, context) => retrySession(parts, input, context),
    forkSession: (input, context) => forkSession(parts, input, context),
    listApprovals: (input) => listApprovals(parts, input),
    getApproval: (input) => getApproval(parts, input),
    answerApproval: (input, context) => answerApproval(parts, input, context),
    listApprovalRules: (input) => listApprovalRules(parts, input),
    deleteApprovalRule: (input) => deleteApprovalRule(parts, input),
    removeSession: (input, context) => removeSession(parts, input, context),
    collectGarbage: (input) => collectGarbage(parts, input),
    showPolicy: (input) => showPolicy(parts, input),
    checkPolicy: (input) => checkPolicy(parts, input),
    getBatch: (input) => getBatch(parts, input),
    waitForBatch: (input, context) => waitForBatch(parts, input, context),
    cancelBatch: (input) => cancelBatch(parts, input),
    ...implementFlows(parts),
    listEvents: (input) => listEvents(parts, input),
    ...implementBacklog(parts),
    searchTexts: (input, context) => searchTexts(parts, input, context),
    findHints: async (input) => findHints(parts, input),
    listHints: async () => listHints(parts),
    listTools: async () => listTools(parts),
    listAgents: () => listAgents(parts),
    listProviders: () => listProviders(parts),
    testProvider: (input, context) => testProvider(parts, input, context),
    listModels: (input) => listModels(parts, input),
    listRoles: (input) => listRoles(parts, input),
    ...implementDaemon(parts),
  });
}

type FolderHandlers = Pick<
  Handlers,
  "getSessionDiff" | "applySession" | "listTrust" | "inspectTrust" | "trustFolder" | "removeTrust"
>;

function implementFolders(parts: OperationParts): FolderHandlers {
  return {
    listTrust: () => listTrust(parts),
    inspectTrust: (input) => inspectTrust(parts, input),
    trustFolder: (input) => trustFolder(parts, input),
    removeTrust: (input) => removeTrust(parts, input),
    getSessionDiff: (input) => getSessionDiff(parts, input),
    applySession: (input, context) => applySession(parts, input, context),
  };
}

type FlowHandlers = Pick<
  Handlers,
  "createFlow" | "planFlow" | "listFlows" | "getFlow" | "waitForFlow" | "cancelFlow" | "resumeFlow"
>;

function implementFlows(parts: OperationParts): FlowHandlers {
  return {
    createFlow: (input, context) => createFlow(parts, input, context),
    planFlow: (input, context) => planFlow(parts, input, context),
    listFlows: (input) => listFlows(parts, input),
    getFlow: (input) => getFlow(parts, input),
    waitForFlow: (input, context) => waitForFlow(parts, input, context),
    cancelFlow: (input, context) => cancelFlow(parts, input, context),
    resumeFlow: (input, context) => resumeFlow(parts, input, context),
  };
}

type FindingHandlers = Pick<Handlers, "distill" | "voteDistill" | "listFindings" | "consolidate">;

function implementFindings(parts: OperationParts): FindingHandlers {
  return {
    distill: (input, context) => distill(parts, input, context),
    voteDistill: (input, context) => voteDistill(parts, input, context),
    listFindings: (input, context) => listFindings(parts, input, context),
    consolidate: (input, context) => consolidateFindings(parts, input, context),
  };
}

type MailHandlers = Pick<
  Handlers,
  "whisper" | "broadcast" | "ask" | "respond" | "readInbox" | "showInbox" | "waitForMail" | "listPeers"
>;

function implementMail(parts: OperationParts): MailHandlers {
  return {
    whisper: (input, context) => whisper(parts, input, context),
    broadcast: (input, context) => broadcast(parts, input, context),
    ask: (input, context) => ask(parts, input, context),
    respond: (input, context) => respond(parts, input, context),
    readInbox: (input, context) => readInbox(parts, input, context),
    showInbox: (input) => showInbox(parts, input),
    waitForMail: (input, context) => waitForMail(parts, input, context),
    listPeers: (_, context) => listPeers(parts, context),
  };
}

type BacklogHandlers = Pick<
  Handlers,
  | "openThread"
  | "listThreads"
  | "getThread"
  | "noteThread"
  | "closeThread"
  | "listCandidates"
  | "claimCandidate"
  | "releaseCandidate"
  | "pickUpCandidate"
>;

function implementBacklog(parts: OperationParts): BacklogHandlers {
  return {
    openThread: (input, context) => openThread(parts, input, context),
    listThreads: (input, context) => listThreads(parts, input, context),
    getThread: (input, context) => getThread(parts, input, context),
    noteThread: (input, context) => noteThread(parts, input, context),
    closeThread: (input, context) => closeThread(parts, input, context),
    listCandidates: (input, context) => listCandidates(parts, input, context),
    claimCandidate: (input, context) => claimCandidate(parts, input, context),
    releaseCandidate: (input, context) => releaseCandidate(parts, input, context),
    pickUpCandidate: (input, context) => pickUpCandidate(parts, input, context),
  };
}

type DaemonHandlers = Pick<
  Handlers,
  | "getCost"
  | "getCostLimits"
  | "putCostLimits"
  | "getPool"
  | "putPool"
  | "greetDaemon"
  | "getDaemon"
  | "rotateToken"
  | "stopDaemon"
>;

function implementDaemon(parts: OperationParts): DaemonHandlers {
  return {
    getCost: (input) => getCost(parts, input),
    getCostLimits: () => getCostLimits(parts),
    putCostLimits: (input) => putCostLimits(parts, input),
    getPool: async () => getPool(parts),
    putPool: async (input) => putPool(parts, input),
    greetDaemon: (input) => greetDaemon(parts, input),
    getDaemon: async () => getDaemon(parts),
    rotateToken: async () => parts.rotateToken(),
    async stopDaemon() {
      parts.stop();
      return { stopping: true };
    },
  };
}

/** The live forms. */
export function implementStreams(parts: OperationParts): Streams {
  const sources = { parts, reads: shareReads(parts.engineParts.store) };
  return keepStreamsInTree(parts, {
    getSessionEvents: (input, context) => streamSessionEvents(sources, input, context),
    listEvents: (input, context) => streamEvents(parts, input, context),
  });
}
