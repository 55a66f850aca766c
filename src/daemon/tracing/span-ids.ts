import { createHash } from "node:crypto";
import type { SessionRecord } from "../../core/session.ts";
import { type TraceParent, parseTraceParent } from "../../core/trace-context.ts";

/** Where a session stands in its trace; all of it follows from its record, so every daemon finds the same. */
export interface SessionPlace {
  traceId: string;
  /** What the batch's span hangs on; null: it is the first of its trace. */
  caller: TraceParent | null;
  batchSpanId: string;
  sessionSpanId: string;
}

export function toSessionPlace(session: SessionRecord): SessionPlace {
  const caller = parseTraceParent(session.traceParent);
  return {
    traceId: caller?.traceId ?? toId(16, "trace", session.rootId),
    caller,
    batchSpanId: toId(8, "batch", session.batchId),
    // A session that had ended and goes on is another span.
    sessionSpanId: toId(8, "session", session.id, String(session.resumes ?? 0)),
  };
}

export function toToolSpanId(sessionId: string, toolCallId: string): string {
  return toId(8, "tool", sessionId, toolCallId);
}

function toId(bytes: number, ...words: readonly string[]): string {
  const hash = createHash("sha256").update(JSON.stringify(words));
  return hash.digest("hex").slice(0, bytes * 2);
}
