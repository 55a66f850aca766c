import type { AskSummary } from "./approval.ts";
import type { Budget, BudgetCover } from "./budget.ts";
import type { Grants } from "./grants.ts";
import type { BatchId, SessionId } from "./id.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { MicroUsd } from "./money.ts";
import type { PeerId } from "./peer.ts";
import type { Usage } from "./usage.ts";
import type { Worktree } from "./worktree.ts";

export const liveStatuses = ["queued", "running", "waiting"] as const;
export const endStatuses = ["completed", "failed", "cancelled", "timed_out", "interrupted"] as const;
export const sessionStatuses = [...liveStatuses, ...endStatuses] as const;

export type LiveStatus = (typeof liveStatuses)[number];
export type EndStatus = (typeof endStatuses)[number];
export type SessionStatus = LiveStatus | EndStatus;

export function isEndStatus(status: SessionStatus): status is EndStatus {
  return endStatuses.some((end) => end === status);
}

/** What a parked session waits for. It holds no slot and its clock stands still. */
export type Wait =
  | { on: "child"; sessionIds: SessionId[] }
  /** `call`: what a call of its model waits for; without one, any mail. */
  | { on: "message"; call?: MailWait }
  /** Until one of the asks is answered, at the latest when the first of them is over. */
  | { on: "approval"; untilMs: number; asks: AskSummary[] }
  | CoolDown
  | { on: "credential"; provider: string; untilMs: number };

export interface CoolDown {
  on: "cool-down";
  untilMs: number;
  /** By the clock that `untilMs` was reckoned by: one that shows less was set back meanwhile. */
  madeAtMs?: number;
  detail: string;
  /**
   * Its agent's program is started anew behind it: that is gone, has not heard its mail, or has not kept the conversation
   * that it was to go on with.
   */
  relaunch?: "gone" | "mail" | "unkept";
}

/** Over when one of the living sessions ends, a question is answered, or mail is there that is none of the tasks' results. */
export interface MailWait {
  untilMs: number;
  livingIds: SessionId[];
  taskIds: SessionId[];
  questionIds: string[];
  anyMail: boolean;
}

/** When a wait is over at the latest, ms since the epoch; null: nobody knows. */
export function toWaitEnd(wait: Wait): number | null {
  if (wait.on === "message") return wait.call?.untilMs ?? null;
  return "untilMs" in wait ? wait.untilMs : null;
}

export const efforts = ["low", "medium", "high", "xhigh", "max"] as const;
export type Effort = (typeof efforts)[number];

/** What was asked for, resolved at the door. Changes only where an ended session is made to go on. */
export interface SessionSpec {
  id: SessionId;
  batchId: BatchId;
  parentId: SessionId | null;
  /** The peer that asked for it, where no session did: it gets the result. */
  peerId?: PeerId | null;
  /** The batch for what a person or script spawned; a child has its parent's. The unit of fairness. */
  rootId: string;
  /** 0 without a parent. */
  depth: number;
  task: string;
  name: string | null;
  agent: string;
  provider: string;
  model: string;
  /** What the caller wrote, where an alias changed it. */
  requestedModel: string | null;
  role: string | null;
  /** What the role tells the model, as it was when the session was accepted. */
  stance: string | null;
  /** What the workspace's own files tell: data, no rights. */
  projectNotes: ProjectNotes | null;
  /** Exactly what goes out on the wire. */
  tools: string[];
  /** The MCP servers whose tools it has besides, by name. */
  mcpServers?: string[];
  /** True if the caller listed the tools; false if they are all that the level allows. */
  toolsNamed: boolean;
  permissionMode: string;
  grants: Grants;
  /** Real path of the workspace. */
  cwd: string;
  /** Where `cwd` lies in one of its own; left out: it works in the folder it was given. */
  worktree?: Worktree;
  /** PATH of the shell that spawned it, for its commands; null: the daemon's. */
  path: string | null;
  /** Time it may run; queued and parked time does not count. */
  timeoutMs: number;
  /** Of an agent that is a program of its own: how long it may print nothing; null or left out: as long as it runs. */
  silenceMs?: number | null;
  maxTurns: number;
  /** Of one answer; 0: what its agent takes by itself. */
  maxOutputTokens: number;
  /** Its own, with all that it spawns; never above what those above it had left. */
  budget: Budget;
  /** Those that it shares: its batch's, and all that cover its parent. */
  sharedBudgets: BudgetCover[];
  effort: Effort | null;
  /** JSON Schema of the structured result, if one was asked for. */
  schema: JsonObject | null;
  appendSystem: string | null;
  labels: Record<string, string>;
  /** Higher runs first. */
  priority: number;
  createdAt: number;
  /** Of a retry or a fork: the session it was made from; `turn`: the last one that was copied. */
  origin?: SessionOrigin;
  /** How often it has ended and gone on. */
  resumes?: number;
  /** The `traceparent` of who asked for it. */
  traceParent?: string;
}

export type SessionOrigin =
  | { kind: "retry"; sessionId: SessionId }
  | { kind: "fork"; sessionId: SessionId; turn: number };

/** AGENTS.md and CLAUDE.md of a workspace, nearest first, capped. */
export interface ProjectNotes {
  files: { path: string; sizeBytes: number; truncated: boolean }[];
  text: string;
}

export interface ArtifactRef {
  id: string;
  name: string;
  sizeBytes: number;
}

/** `truncated`: the text is partial, because the run was cut short or the whole is in an artifact. */
export interface SessionResult {
  text: string;
  structured?: JsonValue;
  truncated: boolean;
  artifacts: ArtifactRef[];
}

export interface SessionFault {
  code: string;
  detail: string;
}

/** How a session ended. "completed" carries no error; every other end says why. */
export type SessionEnd =
  | { status: "completed"; reason: "end-turn"; result: SessionResult }
  | {
      status: Exclude<EndStatus, "completed">;
      reason: EndReason;
      error: SessionFault;
      result: SessionResult | null;
    };

export const endReasons = [
  "end-turn",
  "max-turns",
  "length",
  "content-filter",
  "wrong-shape",
  "budget",
  "breaker",
  "provider-error",
  "agent-error",
  "worktree",
  "crash",
  "timeout",
  "cancelled",
  "parent-ended",
  "fan-out-stopped",
  "credential",
  "lost",
] as const;

export type EndReason = (typeof endReasons)[number];

/** A session as the store knows it: the spec and where its life stands. Times in ms since the epoch. */
export interface SessionRecord extends SessionSpec {
  status: SessionStatus;
  wait: Wait | null;
  reason: EndReason | null;
  startedAt: number | null;
  endedAt: number | null;
  /** Running time of earlier slots, ms: what the clock has counted so far. */
  ranMs: number;
  turns: number;
  usage: Usage;
  costMicroUsd: MicroUsd;
  /** Calls whose price is unknown; above 0 the cost is shown as null. */
  unpricedCalls: number;
  result: SessionResult | null;
  error: SessionFault | null;
  lastSeq: number;
  /** The journal entry that stands for all before it; 0 if there is none. */
  snapshotSeq: number;
}
