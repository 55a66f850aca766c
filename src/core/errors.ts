/**
 * Every expected error of the product, once: its code, the HTTP status (RFC 9457 problem) and the
 * exit code of the command line.
 */
export const errorCatalog = {
  "invalid-request": { status: 422, exitCode: 2, title: "The request does not have the right shape" },
  "unknown-provider": { status: 400, exitCode: 3, title: "No such provider" },
  "unknown-model": { status: 400, exitCode: 3, title: "No such model" },
  "unknown-tool": { status: 400, exitCode: 2, title: "No such tool" },
  "unknown-role": { status: 400, exitCode: 2, title: "No such role" },
  "unknown-mcp-server": { status: 400, exitCode: 2, title: "No such MCP server" },
  "provider-key-missing": { status: 400, exitCode: 3, title: "No key for this provider" },
  "model-required": { status: 400, exitCode: 3, title: "This provider has no default model" },
  "agent-not-installed": { status: 400, exitCode: 3, title: "The agent is not installed" },
  "agent-not-logged-in": { status: 400, exitCode: 3, title: "The agent is not logged in" },
  "agent-too-old": { status: 400, exitCode: 3, title: "The agent is too old" },
  "agent-broken": { status: 400, exitCode: 3, title: "The agent does not start" },
  "agent-lacks": { status: 400, exitCode: 2, title: "The agent can not do this" },
  "config-invalid": { status: 400, exitCode: 3, title: "A setting is wrong" },
  "budget-unpriced": { status: 400, exitCode: 7, title: "No price is known, so no USD budget can hold" },
  unauthorized: { status: 401, exitCode: 3, title: "A token is needed" },
  "budget-exceeded": { status: 402, exitCode: 7, title: "The budget is spent" },
  "policy-denied": { status: 403, exitCode: 6, title: "The policy does not allow this" },
  "origin-refused": { status: 403, exitCode: 6, title: "Requests from web pages are refused" },
  "not-found": { status: 404, exitCode: 5, title: "Nothing has this id" },
  "method-not-allowed": { status: 405, exitCode: 2, title: "This path does not take this method" },
  "ambiguous-id": { status: 409, exitCode: 5, title: "More than one id starts like this" },
  "approval-closed": { status: 409, exitCode: 2, title: "Nobody can answer this any more" },
  "question-closed": { status: 409, exitCode: 2, title: "The question has been answered" },
  "wait-cycle": { status: 409, exitCode: 2, title: "Each would wait for the other" },
  "candidate-claimed": { status: 409, exitCode: 2, title: "Somebody else has taken this up" },
  "candidate-gone": { status: 409, exitCode: 2, title: "There is nothing left to pick up" },
  "thread-closed": { status: 409, exitCode: 2, title: "The thread is closed" },
  "session-ended": { status: 409, exitCode: 2, title: "The session has ended" },
  "flow-ended": { status: 409, exitCode: 2, title: "The flow has ended" },
  "flow-alive": { status: 409, exitCode: 2, title: "The flow has not ended" },
  "session-alive": { status: 409, exitCode: 2, title: "The session has not ended" },
  "apply-conflict": { status: 409, exitCode: 1, title: "Both sides changed the same lines" },
  "body-too-large": { status: 413, exitCode: 2, title: "The body is too large" },
  "unsupported-media-type": { status: 415, exitCode: 2, title: "Writes must be JSON" },
  "host-refused": { status: 421, exitCode: 6, title: "This Host is not served here" },
  "cwd-not-found": { status: 422, exitCode: 2, title: "The folder does not exist" },
  "git-missing": { status: 422, exitCode: 3, title: "Git is not installed" },
  "git-failed": { status: 422, exitCode: 1, title: "Git could not do it" },
  "not-a-repository": { status: 422, exitCode: 2, title: "The folder is in no git repository" },
  "repository-unfit": { status: 422, exitCode: 2, title: "This repository can have no worktrees" },
  "worktree-setup-failed": { status: 422, exitCode: 1, title: "The setup script of a worktree failed" },
  "no-worktree": { status: 409, exitCode: 2, title: "The session has no worktree" },
  "idempotency-key-reused": { status: 422, exitCode: 2, title: "The key was used with another body" },
  "needs-input": { status: 422, exitCode: 8, title: "A person has to say more" },
  "too-many": { status: 429, exitCode: 7, title: "Too many at once" },
  "port-taken": { status: 500, exitCode: 3, title: "The port is taken" },
  "daemon-unreachable": { status: 503, exitCode: 4, title: "No daemon answers" },
  "storage-full": { status: 507, exitCode: 3, title: "The disk is full" },
  internal: { status: 500, exitCode: 1, title: "Something is wrong inside profclaw" },
} as const satisfies Record<string, { status: number; exitCode: number; title: string }>;

export type ErrorCode = keyof typeof errorCatalog;

/** Where the fault is and what to do next. `pointer` is a JSON pointer into the body or a parameter name. */
export interface ErrorAdvice {
  pointer?: string;
  hint?: string;
  /** Another HTTP status than the catalog's: a body that is not JSON is 400, one of another shape 422. */
  status?: number;
}

/** What, which, and what to do. Thrown for refusals; anything else thrown is a bug. */
export class ProfclawError extends Error {
  override readonly name = "ProfclawError";
  readonly code: ErrorCode;
  readonly pointer: string | undefined;
  readonly hint: string | undefined;
  readonly status: number;

  constructor(code: ErrorCode, detail: string, advice: ErrorAdvice = {}) {
    super(detail);
    this.code = code;
    this.pointer = advice.pointer;
    this.hint = advice.hint;
    this.status = advice.status ?? errorCatalog[code].status;
  }
}

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCatalog, text);
}
