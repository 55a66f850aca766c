import type { JournalEvent } from "../core/journal.ts";
import type { SessionRecord, SessionSpec } from "../core/session.ts";
import { type SessionTrace, passTrace } from "../core/trace-context.ts";

/** One commit of a session's journal. */
export interface Recorded {
  /** As it was when its present run began. */
  session: SessionRecord;
  events: readonly JournalEvent[];
  /** When, ms since the epoch. */
  at: number;
  /** How long the store took, ms. */
  commitMs: number;
}

/** Looks on at what sessions live through, once it is on disk. It must be quick and must not throw. */
export interface Witness {
  accepted(sessions: readonly SessionSpec[]): void;
  recorded(step: Recorded): void;
}

/** Where a session stands in a trace. */
export type TraceOf = (session: SessionRecord) => SessionTrace;

/** The trace of a session; without a tracer the caller's own is handed on. */
export function toTrace(parts: { traceOf?: TraceOf }, session: SessionRecord): SessionTrace {
  return parts.traceOf?.(session) ?? passTrace(session.traceParent);
}

/** Several as one. */
export function joinWitnesses(witnesses: readonly Witness[]): Witness {
  return {
    accepted: (sessions) => witnesses.forEach((witness) => witness.accepted(sessions)),
    recorded: (step) => witnesses.forEach((witness) => witness.recorded(step)),
  };
}
