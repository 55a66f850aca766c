import type { Store } from "../store.ts";
import { answerApproval, getApproval, listApprovals } from "./approval-rows.ts";
import { discardArtifact, getArtifact, putArtifact } from "./artifacts.ts";
import { acceptBatch, findKey, getBatch } from "./batch-rows.ts";
import { listPastCosts, readLimits, readSpending, writeLimits } from "./budget-rows.ts";
import { postBroadcast } from "./broadcast-rows.ts";
import { listCandidates } from "./candidate-rows.ts";
import { claimCandidate } from "./claim-candidate.ts";
import { releaseClaim } from "./claim-rows.ts";
import type { Scope } from "./connection.ts";
import { readEvents, readLastEvent } from "./event-rows.ts";
import { addFinding, castVote, getFinding, listFindings } from "./finding-rows.ts";
import {
  createFlow,
  deleteEndedFlows,
  dropFlowRows,
  endFlow,
  getFlow,
  listFlowRows,
  listFlows,
  putFlowRows,
  reopenFlow,
} from "./flow-rows.ts";
import { createIdSearch } from "./id-search.ts";
import { readJournal } from "./journal-rows.ts";
import { bookCall, listCosts, sumCosts } from "./ledger-rows.ts";
import { indexTexts } from "./index-texts.ts";
import { listSessions } from "./list-sessions.ts";
import { ackMail, countUnread, getMessage, listMessages, postMessage } from "./message-rows.ts";
import { deleteEndedSessions, measureEnded, removeSessions } from "./remove-sessions.ts";
import {
  getBatchWebhook,
  listDueDeliveries,
  queueDeliveries,
  readNextDelivery,
  readOutboxPosition,
  reviveEndpoints,
  settleDelivery,
} from "./outbox-rows.ts";
import { deleteOldMail, findOwner, getPeer, listPeers, meetPeer } from "./peer-rows.ts";
import { getQuestion, postAnswer, postQuestion } from "./question-rows.ts";
import { reopenSession } from "./reopen-session.ts";
import { deleteRule, listRules } from "./rule-rows.ts";
import { searchTexts } from "./search-texts.ts";
import { getSession, listLiveSessions } from "./session-rows.ts";
import { type StoreMethod, storeMethods } from "./store-methods.ts";
import { deleteStrayArtifacts } from "./stray-artifacts.ts";
import {
  closeThread,
  countClosedThreads,
  deleteClosedThreads,
  getThread,
  listNotes,
  listThreads,
  noteThread,
  openThread,
} from "./thread-rows.ts";
import { findTokenOwner, putToken } from "./token-rows.ts";
import { writeSession } from "./write-session.ts";

/** One call as it goes to the database: through a worker's port or straight. */
export type StoreCall = {
  [M in StoreMethod]: { method: M; parameters: Parameters<Store[M]> };
}[StoreMethod];

type Steps = {
  [M in StoreMethod]: (scope: Scope, ...parameters: Parameters<Store[M]>) => Awaited<ReturnType<Store[M]>>;
};

const steps: Steps = {
  acceptBatch,
  findKey,
  reopenSession,
  getSession,
  findSessionIds: createIdSearch("sessions"),
  findBatchIds: createIdSearch("batches"),
  listSessions,
  listLiveSessions,
  getBatch,
  write: writeSession,
  bookCall,
  readJournal,
  readEvents,
  readLastEvent,
  listMessages,
  postMessage,
  getMessage,
  postBroadcast,
  postQuestion,
  getQuestion,
  postAnswer,
  ackMail,
  countUnread,
  meetPeer,
  getPeer,
  findPeerIds: createIdSearch("peers"),
  listPeers,
  findOwner,
  deleteOldMail,
  listCosts,
  sumCosts,
  readSpending,
  listPastCosts,
  readLimits,
  writeLimits,
  putArtifact,
  getArtifact,
  listApprovals,
  getApproval,
  answerApproval,
  listRules,
  deleteRule,
  deleteEndedSessions,
  measureEnded,
  removeSessions,
  readOutboxPosition,
  queueDeliveries,
  listDueDeliveries,
  settleDelivery,
  readNextDelivery,
  getBatchWebhook,
  reviveEndpoints,
  deleteStrayArtifacts,
  addFinding,
  getFinding,
  findFindingIds: createIdSearch("findings"),
  listFindings,
  castVote,
  openThread,
  getThread,
  findThreadIds: createIdSearch("threads"),
  listThreads,
  listNotes,
  noteThread,
  closeThread,
  deleteClosedThreads,
  countClosedThreads,
  listCandidates,
  claimCandidate,
  releaseClaim,
  createFlow,
  getFlow,
  findFlowIds: createIdSearch("flows"),
  listFlows,
  endFlow,
  reopenFlow,
  putFlowRows,
  dropFlowRows,
  listFlowRows,
  deleteEndedFlows,
  indexTexts,
  searchTexts,
  putToken,
  findTokenOwner,
};

/** True for a call that changes something. */
export function isWrite(call: StoreCall): boolean {
  return storeMethods[call.method] === "write";
}

/** Does what the call says, in whatever transaction is open, and answers what the method answers. */
export function runCall(scope: Scope, call: StoreCall): unknown {
  // TypeScript cannot see that method and parameters belong together; StoreCall has made sure.
  const step = steps[call.method] as (scope: Scope, ...parameters: unknown[]) => unknown;
  return step(scope, ...call.parameters);
}

/** Clears what a write that failed has left outside the database. */
export function discardCall(scope: Scope, call: StoreCall): void {
  if (call.method === "putArtifact") discardArtifact(scope, call.parameters[0].id);
}
