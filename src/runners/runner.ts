import type { JournalEntry, RunnerEvent } from "../core/journal.ts";
import type { Message } from "../core/message.ts";
import type { SessionRecord } from "../core/session.ts";
import type { ArtifactRef } from "../core/session.ts";
import type { ChildSummary, SessionsPort } from "../core/tool-context.ts";

/**
 * Runs one session from where its journal stands. The engine pulls: an event is on disk before the
 * generator is asked for the next one, so what is yielded before an effect is an intent that
 * survives. The last event is `session-end`, or `wait-start` if the session parks: then the run is
 * over, the slot free, and another run folds the journal and goes on once the wait is over.
 * Never throws for an agent's failure. On abort it cleans up and returns; the engine settles.
 */
export interface Runner {
  readonly agent: string;
  run(context: RunContext): AsyncGenerator<RunnerEvent, void, void>;
}

/** What a run may know and touch. */
export interface RunContext {
  session: SessionRecord;
  /** The whole journal so far. */
  journal: readonly JournalEntry[];
  /** PATH for commands. */
  path: string;
  /** Aborted by cancel, clock or shutdown; the reason is an AbortCause. */
  signal: AbortSignal;
  sessions: SessionsPort;
  protectedPaths: readonly string[];
  /** Unread mail of this session; it is acked when a message-deliver event names it. */
  readMail(): Promise<Message[]>;
  /** Ended and living children, with their results. */
  readChildren(): Promise<ChildSummary[]>;
  putArtifact(name: string, text: string): Promise<ArtifactRef>;
}

/** Why a run was aborted: what its end will say. */
export type AbortCause = "cancelled" | "timeout" | "shutdown";
