import { consolidate, distill, listFindings, voteDistill } from "./finding-operations.ts";
import {
  answerApproval,
  deleteApprovalRule,
  getApproval,
  listApprovalRules,
  listApprovals,
} from "./approval-operations.ts";
import { cancelBatch, getBatch, waitForBatch } from "./batch-operations.ts";
import { claimCandidate, listCandidates, pickUpCandidate, releaseCandidate } from "./candidate-operations.ts";
import {
  getCost,
  getCostLimits,
  getDaemon,
  getPool,
  greetDaemon,
  putCostLimits,
  putPool,
  rotateToken,
  stopDaemon,
} from "./daemon-operations.ts";
import { listEvents } from "./event-operations.ts";
import {
  cancelFlow,
  createFlow,
  getFlow,
  listFlows,
  planFlow,
  resumeFlow,
  waitForFlow,
} from "./flow-operations.ts";
import {
  collectGarbage,
  forkSession,
  removeSession,
  resumeSession,
  retrySession,
} from "./living-operations.ts";
import { findHints, listHints } from "./hint-operations.ts";
import { listPeers, readInbox, showInbox, waitForMail } from "./inbox-operations.ts";
import { ask, broadcast, respond, whisper } from "./mail-operations.ts";
import { getMessage, listMessages, sendMessage } from "./message-operations.ts";
import { checkPolicy, showPolicy } from "./policy-operations.ts";
import { listModels, listProviders, testProvider } from "./model-operations.ts";
import { listAgents } from "./agent-operations.ts";
import { listRoles } from "./role-operations.ts";
import { searchTexts } from "./search-operations.ts";
import {
  cancelSession,
  createSessions,
  getSession,
  getSessionEvents,
  getSessionLog,
  getSessionResult,
  getSessionTree,
  listSessions,
} from "./session-operations.ts";
import { closeThread, getThread, listThreads, noteThread, openThread } from "./thread-operations.ts";
import { listTools } from "./tool-operations.ts";
import { applySession, getSessionDiff } from "./worktree-operations.ts";
import { inspectTrust, listTrust, removeTrust, trustFolder } from "./trust-operations.ts";

/** Every operation there is, by the name of its implementation. */
export const operations = {
  createSessions,
  listSessions,
  getSession,
  getSessionEvents,
  getSessionLog,
  getSessionResult,
  getSessionTree,
  getSessionDiff,
  applySession,
  cancelSession,
  sendMessage,
  getMessage,
  listMessages,
  whisper,
  broadcast,
  ask,
  respond,
  readInbox,
  showInbox,
  waitForMail,
  listPeers,
  resumeSession,
  retrySession,
  forkSession,
  listApprovals,
  getApproval,
  answerApproval,
  listApprovalRules,
  deleteApprovalRule,
  removeSession,
  collectGarbage,
  showPolicy,
  checkPolicy,
  listTrust,
  inspectTrust,
  trustFolder,
  removeTrust,
  getBatch,
  waitForBatch,
  cancelBatch,
  createFlow,
  planFlow,
  listFlows,
  getFlow,
  waitForFlow,
  cancelFlow,
  resumeFlow,
  listEvents,
  openThread,
  listThreads,
  getThread,
  noteThread,
  closeThread,
  listCandidates,
  claimCandidate,
  releaseCandidate,
  pickUpCandidate,
  searchTexts,
  distill,
  voteDistill,
  listFindings,
  consolidate,
  findHints,
  listHints,
  listTools,
  listAgents,
  listRoles,
  listProviders,
  testProvider,
  listModels,
  getCost,
  getCostLimits,
  putCostLimits,
  getPool,
  putPool,
  greetDaemon,
  getDaemon,
  rotateToken,
  stopDaemon,
} as const;

export type Operations = typeof operations;
