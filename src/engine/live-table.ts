import type { BatchId, SessionId } from "../core/id.ts";
import type { SessionRecord, Wait } from "../core/session.ts";
import type { AbortCause } from "../runners/runner.ts";

/** Where a session that has not ended stands in this process. */
export type Phase =
  | { kind: "queued" }
  | {
      kind: "running";
      abort(cause: AbortCause): void;
      interrupt(): void;
      over: Promise<void>;
    }
  | { kind: "parked"; wait: Wait; disarm(): void }
  /** Its end is being written: nothing may start or wake it any more. */
  | { kind: "ending"; over: Promise<void> };

/** What is kept in memory of a session that has not ended. The rest is in the store. */
export interface LiveSession {
  readonly id: SessionId;
  readonly batchId: BatchId;
  readonly parentId: SessionId | null;
  readonly rootId: string;
  readonly priority: number;
  readonly provider: string;
  readonly agent: string;
  /** Its agent's program, if it has one, does not run yet: what that takes is still to be given. */
  isToBeStarted: boolean;
  /** It had a slot before, in this daemon or an earlier one. */
  hasRun: boolean;
  /** It had ended and goes on: nobody need wait for it any more. */
  readonly wasResumed: boolean;
  phase: Phase;
  /** What it does now, for tables. */
  activity: string | null;
}

/** Every session that has not ended. Who is not in it has ended, or never was. */
export interface LiveTable {
  readonly size: number;
  add(record: SessionRecord | NewLiveSession): LiveSession;
  get(id: SessionId): LiveSession | undefined;
  delete(id: SessionId): void;
  all(): Iterable<LiveSession>;
  childrenOf(id: SessionId): LiveSession[];
  /** Children, their children and so on. */
  descendantsOf(id: SessionId): LiveSession[];
}

type NewLiveSession = Pick<
  LiveSession,
  "id" | "batchId" | "parentId" | "rootId" | "priority" | "provider" | "agent"
> & { isToBeStarted?: boolean };

export function createLiveTable(): LiveTable {
  return new IndexedLiveTable();
}

class IndexedLiveTable implements LiveTable {
  private readonly sessions = new Map<SessionId, LiveSession>();
  private readonly byParent = new Map<SessionId, Set<LiveSession>>();

  get size(): number {
    return this.sessions.size;
  }

  add(source: SessionRecord | NewLiveSession): LiveSession {
    const { id, batchId, parentId, rootId, priority, provider, agent } = source;
    const hasRun = "startedAt" in source && source.startedAt !== null;
    const live: LiveSession = {
      id,
      batchId,
      parentId,
      rootId,
      priority,
      provider,
      agent,
      // One that an earlier daemon had started lives on: it is adopted.
      isToBeStarted: ("isToBeStarted" in source ? source.isToBeStarted : undefined) ?? !hasRun,
      wasResumed: "resumes" in source && source.resumes !== undefined && source.resumes > 0,
      hasRun,
      phase: { kind: "queued" },
      activity: null,
    };
    this.sessions.set(id, live);
    if (parentId !== null) {
      const siblings = this.byParent.get(parentId) ?? new Set<LiveSession>();
      this.byParent.set(parentId, siblings.add(live));
    }
    return live;
  }

  get(id: SessionId): LiveSession | undefined {
    return this.sessions.get(id);
  }

  delete(id: SessionId): void {
    const live = this.sessions.get(id);
    this.sessions.delete(id);
    if (live === undefined || live.parentId === null) return;
    const siblings = this.byParent.get(live.parentId);
    siblings?.delete(live);
    if (siblings?.size === 0) this.byParent.delete(live.parentId);
  }

  all(): Iterable<LiveSession> {
    return this.sessions.values();
  }

  childrenOf(id: SessionId): LiveSession[] {
    return [...(this.byParent.get(id) ?? [])];
  }

  descendantsOf(id: SessionId): LiveSession[] {
    return this.childrenOf(id).flatMap((child) => [child, ...this.descendantsOf(child.id)]);
  }
}
