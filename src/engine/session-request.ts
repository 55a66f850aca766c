import type { Budget, BudgetCover } from "../core/budget.ts";
import type { BatchId, SessionId } from "../core/id.ts";
import type { JsonObject } from "../core/json.ts";
import type { PeerId } from "../core/peer.ts";
import type { Effort, SessionRecord } from "../core/session.ts";
import type { FolderLooks } from "./folder-looks.ts";

/** One session as a caller asks for it; what is left out gets its default here. */
export interface SessionRequest {
  /** What it is to be called, where that was said before. */
  id?: SessionId | undefined;
  task: string;
  name?: string | undefined;
  agent?: string | undefined;
  provider?: string | undefined;
  model?: string | undefined;
  tools?: string[] | undefined;
  /** MCP servers of the user, by name; `slim` false: all that there are. */
  mcp?: string[] | undefined;
  slim?: boolean | undefined;
  /** On top of `tools`, or of what it gets without. */
  extraTools?: string[] | undefined;
  role?: string | undefined;
  /** False: the workspace's AGENTS.md or CLAUDE.md is not read. */
  projectNotes?: boolean | undefined;
  effort?: Effort | undefined;
  permissionMode?: string | undefined;
  cwd?: string | undefined;
  /** A branch and folder of its own; left out: where two or more of its batch may write in one repository. */
  worktree?: boolean | undefined;
  appendSystem?: string | undefined;
  maxTurns?: number | undefined;
  maxOutputTokens?: number | undefined;
  schema?: JsonObject | undefined;
  priority?: number | undefined;
  labels?: Record<string, string> | undefined;
  timeoutMs?: number | undefined;
  budget?: Budget | undefined;
}

/** What all sessions of one request share. */
export interface BatchOrigin {
  batchId: BatchId;
  createdAt: number;
  parent: SessionRecord | null;
  /** Of a session without a parent, where it is not the batch: the flow that it belongs to. */
  rootId?: string | undefined;
  /** The peer that asks, where no session does. */
  peerId?: PeerId | null;
  /** Where a session works that names no folder. */
  cwd: string;
  /** PATH of the shell that asked. */
  path: string | null;
  timeoutMs: number;
  /** True: somebody said `timeoutMs`; left out, it is the pool's. */
  hasOwnTimeout?: boolean;
  labels: Record<string, string>;
  /** What all of them share with others: the batch's budget, and those that cover the parent. */
  sharedBudgets: BudgetCover[];
  /** False for who has no token: such a caller spawns up to level auto. */
  mayGrantFull: boolean;
  /** The `traceparent` of who asked. */
  traceParent?: string | undefined;
  folders: FolderLooks;
}
