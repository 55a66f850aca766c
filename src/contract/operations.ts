import {
  answerApproval,
  deleteApprovalRule,
  getApproval,
  listApprovalRules,
  listApprovals,
} from "./approval-operations.ts";
import { cancelBatch, getBatch, waitForBatch } from "./batch-operations.ts";
import {
  getCost,
  getCostLimits,
  getDaemon,
  getPool,
  greetDaemon,
  putCostLimits,
  putPool,
  stopDaemon,
} from "./daemon-operations.ts";
import { forkSession, resumeSession, retrySession } from "./living-operations.ts";
import { getMessage, listMessages, sendMessage } from "./message-operations.ts";
import {
  cancelSession,
  createSessions,
  getSession,
  getSessionEvents,
  getSessionResult,
  getSessionTree,
  listSessions,
} from "./session-operations.ts";

/** Every operation there is, by the name of its implementation. */
export const operations = {
  createSessions,
  listSessions,
  getSession,
  getSessionEvents,
  getSessionResult,
  getSessionTree,
  cancelSession,
  sendMessage,
  getMessage,
  listMessages,
  resumeSession,
  retrySession,
  forkSession,
  listApprovals,
  getApproval,
  answerApproval,
  listApprovalRules,
  deleteApprovalRule,
  getBatch,
  waitForBatch,
  cancelBatch,
  getCost,
  getCostLimits,
  putCostLimits,
  getPool,
  putPool,
  greetDaemon,
  getDaemon,
  stopDaemon,
} as const;

export type Operations = typeof operations;
