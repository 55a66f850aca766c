import type { ApprovalAnswer } from "../core/approval.ts";
import type { JournalEntry, JournalEvent, LiveEvent } from "../core/journal.ts";
import type { Message } from "../core/message.ts";
import type { ArtifactRef, SessionRecord } from "../core/session.ts";
import type { SessionTrace } from "../core/trace-context.ts";
import type { ChildSummary, SessionsPort } from "../core/tool-context.ts";
import type { PolicyRules } from "../tools/decide-call.ts";

/**
 * Runs one session from where its journal stands. It is pulled: what it yields is on disk, in one
 * commit, before it is asked for more, so an intent yielded before an effect survives a crash. The
 * last event is `session-end`, or `wait-start` if the session parks: then the run is over and the
 * slot free, and another run folds the journal and goes on once the wait is over. It never throws
 * for an agent's failure. On abort it cleans up and returns; the engine settles.
 */
export interface Runner {
  readonly agent: string;
  run(context: RunContext): AsyncGenerator<readonly JournalEvent[], void, void>;
}

/** What a run may know and touch. */
export interface RunContext {
  session: SessionRecord;
  /** The journal so far, from its last snapshot on. */
  journal: readonly JournalEntry[];
  /** Aborted by cancel, clock or shutdown; the reason is an AbortCause. */
  signal: AbortSignal;
  /** True while the daemon drains: start nothing new, return. */
  isDraining(): boolean;
  /** To be told once a program of the session's agent has said its first word: then others may start. */
  noteStarted?(): void;
  /** PATH for commands where the session brought none. */
  path: string;
  /** Variables by which the session's own processes find the daemon and act as the session. */
  identify(): Promise<Readonly<Record<string, string>>>;
  trace: SessionTrace;
  sessions: SessionsPort;
  protectedPaths: readonly string[];
  /** The rules that people wrote or answered with, as they are now. Throws config-invalid. */
  readRules(): Promise<PolicyRules>;
  /** What was said to an ask of this session; null: nobody has said anything yet. */
  readAnswer(number: number): Promise<ApprovalAnswer | null>;
  /** Unread mail of this session; acked by the message-deliver event that names it. */
  readMail(moment: MailMoment): Promise<Message[]>;
  /** Aborted when somebody writes who does not want to wait for the model call in flight. */
  interruption(): AbortSignal;
  /** All children, ended and living, with their results. */
  readChildren(): Promise<ChildSummary[]>;
  putArtifact(name: string, text: string): Promise<ArtifactRef>;
  /** Passes by without being kept: text as it comes, what is done now. */
  showLive(event: LiveEvent): void;
}

/** Between turns the session reads what is not queued; where it would stop, all that is there. */
export type MailMoment = "between-turns" | "stop";

/** Why a run was aborted: what its end will say. */
export type AbortCause = "cancelled" | "parent-ended" | "timeout" | "shutdown";
