import type { Operations } from "../contract/operations.ts";

export interface Route {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below `/api`, parameters in braces. */
  path: string;
}

/**
 * Where each operation lives. A copy of the contract's table without zod, which would double the time
 * a command takes to start; a test holds the two equal.
 */
export const routes: Record<keyof Operations, Route> = {
  createSessions: { method: "POST", path: "/agents/sessions" },
  listSessions: { method: "GET", path: "/agents/sessions" },
  getSession: { method: "GET", path: "/agents/sessions/{id}" },
  getSessionEvents: { method: "GET", path: "/agents/sessions/{id}/events" },
  getSessionLog: { method: "GET", path: "/agents/sessions/{id}/log" },
  getSessionResult: { method: "GET", path: "/agents/sessions/{id}/result" },
  getSessionTree: { method: "GET", path: "/agents/sessions/{id}/tree" },
  getSessionDiff: { method: "GET", path: "/agents/sessions/{id}/diff" },
  applySession: { method: "POST", path: "/agents/sessions/{id}/apply" },
  cancelSession: { method: "POST", path: "/agents/sessions/{id}/cancel" },
  sendMessage: { method: "POST", path: "/agents/sessions/{id}/messages" },
  getMessage: { method: "GET", path: "/agents/sessions/{id}/messages/{message_id}" },
  listMessages: { method: "GET", path: "/agents/sessions/{id}/messages" },
  whisper: { method: "POST", path: "/messages" },
  broadcast: { method: "POST", path: "/messages/broadcast" },
  ask: { method: "POST", path: "/messages/ask" },
  respond: { method: "POST", path: "/messages/{qid}/answer" },
  readInbox: { method: "POST", path: "/inbox" },
  showInbox: { method: "GET", path: "/inbox/{id}" },
  waitForMail: { method: "POST", path: "/wait" },
  listPeers: { method: "POST", path: "/peers" },
  resumeSession: { method: "POST", path: "/agents/sessions/{id}/resume" },
  retrySession: { method: "POST", path: "/agents/sessions/{id}/retry" },
  removeSession: { method: "DELETE", path: "/agents/sessions/{id}" },
  collectGarbage: { method: "POST", path: "/gc" },
  forkSession: { method: "POST", path: "/agents/sessions/{id}/fork" },
  listApprovals: { method: "GET", path: "/approvals" },
  getApproval: { method: "GET", path: "/agents/sessions/{id}/approvals/{n}" },
  answerApproval: { method: "POST", path: "/agents/sessions/{id}/approvals/{n}" },
  listApprovalRules: { method: "GET", path: "/approvals/rules" },
  deleteApprovalRule: { method: "DELETE", path: "/approvals/rules/{rule}" },
  showPolicy: { method: "GET", path: "/policy" },
  checkPolicy: { method: "POST", path: "/policy/check" },
  listTrust: { method: "GET", path: "/trust" },
  inspectTrust: { method: "GET", path: "/trust/{folder}" },
  trustFolder: { method: "PUT", path: "/trust/{folder}" },
  removeTrust: { method: "DELETE", path: "/trust/{folder}" },
  getBatch: { method: "GET", path: "/batches/{id}" },
  waitForBatch: { method: "GET", path: "/batches/{id}/wait" },
  cancelBatch: { method: "POST", path: "/batches/{id}/cancel" },
  listEvents: { method: "GET", path: "/events" },
  openThread: { method: "POST", path: "/threads" },
  listThreads: { method: "GET", path: "/threads" },
  getThread: { method: "GET", path: "/threads/{id}" },
  noteThread: { method: "POST", path: "/threads/{id}/notes" },
  closeThread: { method: "POST", path: "/threads/{id}/close" },
  listCandidates: { method: "GET", path: "/candidates" },
  claimCandidate: { method: "POST", path: "/candidates/{id}/claim" },
  releaseCandidate: { method: "POST", path: "/candidates/{id}/release" },
  pickUpCandidate: { method: "POST", path: "/candidates/{id}/pickup" },
  createFlow: { method: "POST", path: "/flows" },
  planFlow: { method: "POST", path: "/flows/plan" },
  listFlows: { method: "GET", path: "/flows" },
  getFlow: { method: "GET", path: "/flows/{id}" },
  waitForFlow: { method: "GET", path: "/flows/{id}/wait" },
  cancelFlow: { method: "POST", path: "/flows/{id}/cancel" },
  resumeFlow: { method: "POST", path: "/flows/{id}/resume" },
  searchTexts: { method: "GET", path: "/search" },
  distill: { method: "POST", path: "/findings" },
  voteDistill: { method: "POST", path: "/findings/{finding_id}/votes" },
  listFindings: { method: "GET", path: "/findings" },
  consolidate: { method: "POST", path: "/findings/consolidate" },
  findHints: { method: "POST", path: "/hints" },
  listHints: { method: "GET", path: "/hints" },
  listAgents: { method: "GET", path: "/agents" },
  listTools: { method: "GET", path: "/tools" },
  listProviders: { method: "GET", path: "/providers" },
  testProvider: { method: "POST", path: "/providers/test" },
  listModels: { method: "GET", path: "/models" },
  listRoles: { method: "GET", path: "/roles" },
  getCost: { method: "GET", path: "/cost" },
  getCostLimits: { method: "GET", path: "/cost/limits" },
  putCostLimits: { method: "PUT", path: "/cost/limits" },
  getPool: { method: "GET", path: "/pool" },
  putPool: { method: "PUT", path: "/pool" },
  greetDaemon: { method: "POST", path: "/daemon/greet" },
  getDaemon: { method: "GET", path: "/daemon" },
  rotateToken: { method: "POST", path: "/daemon/token" },
  stopDaemon: { method: "POST", path: "/daemon/stop" },
};

type Input = Readonly<Record<string, unknown>>;

/** A route with its parameters filled in: the path parameters, then the query of a GET or DELETE, or the body of another write. */
export function fillRoute(route: Route, input: Input): { target: string; body: string | undefined } {
  const rest = new Map(Object.entries(input).filter(([, value]) => value !== undefined));
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest.get(name);
    rest.delete(name);
    return encodeURIComponent(String(value));
  });
  if (route.method !== "GET" && route.method !== "DELETE")
    return { target: `/api${path}`, body: JSON.stringify(Object.fromEntries(rest)) };
  const query = toQuery(rest);
  return { target: `/api${path}${query === "" ? "" : `?${query}`}`, body: undefined };
}

/** A list is its name repeated: `status=queued&status=running`. */
function toQuery(values: ReadonlyMap<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of values) {
    const list: unknown[] = Array.isArray(value) ? value : [value];
    for (const item of list) query.append(name, String(item));
  }
  return query.toString();
}
