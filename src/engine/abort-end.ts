import { toPlainText } from "../core/content.ts";
import { toCutOffCall } from "../core/cut-off-call.ts";
import { toDurationText } from "../core/duration.ts";
import type { JournalEntry, JournalEvent } from "../core/journal.ts";
import type { SessionEnd, SessionRecord, SessionResult } from "../core/session.ts";
import { foldTranscript } from "../core/transcript.ts";
import type { AbortCause } from "../runners/runner.ts";

/** Why a session is not taken up at a start: it brought daemons down, or its last steps are not known. */
export type StartEnd = "quarantined" | "lost";

/** Why a session ends that did not end by itself. */
export type EndCause =
  | Exclude<AbortCause, "shutdown">
  | "credential"
  | "crash"
  | "fan-out-stopped"
  | StartEnd;

/** The end of a session that was stopped. What it had written by then is kept and marked. */
export function toAbortEnd(
  session: SessionRecord,
  cause: EndCause,
  partial: { text: string; detail?: string },
): SessionEnd {
  const result: SessionResult | null =
    partial.text === "" ? null : { text: partial.text, truncated: true, artifacts: [] };
  switch (cause) {
    case "cancelled":
      return {
        status: "cancelled",
        reason: cause,
        result,
        error: fault(cause, "It was stopped on request."),
      };
    case "parent-ended":
      return {
        status: "cancelled",
        reason: cause,
        result,
        error: fault(cause, "The session that spawned it ended."),
      };
    case "fan-out-stopped": {
      const detail = partial.detail ?? "Too many of its batch failed in the same way.";
      return { status: "cancelled", reason: cause, result, error: fault(cause, detail) };
    }
    case "timeout": {
      const detail = `It had run for ${toDurationText(session.timeoutMs)}, all the time it was given.`;
      return { status: "timed_out", reason: cause, result, error: fault(cause, detail) };
    }
    case "credential": {
      const detail = `No key for ${session.provider} was brought in time.`;
      return { status: "failed", reason: cause, result, error: fault("provider-key-missing", detail) };
    }
    case "quarantined": {
      const detail =
        "profclaw itself crashed twice while this session ran, so it was not started a third time. Spawn it again to try once more.";
      return { status: "failed", reason: "crash", result, error: fault(cause, detail) };
    }
    case "lost": {
      const detail =
        "The database was damaged, and what this session did last is not known: going on could do it twice. Spawn it again.";
      return { status: "interrupted", reason: cause, result, error: fault(cause, detail) };
    }
    case "crash": {
      const detail = partial.detail ?? "Something went wrong inside profclaw.";
      return { status: "failed", reason: cause, result, error: fault("internal", detail) };
    }
  }
}

function fault(code: string, detail: string): { code: string; detail: string } {
  return { code, detail };
}

/** What must be booked before a session ends: a call that went out and was never heard of again. */
export function toCutOffCalls(entries: readonly JournalEntry[]): JournalEvent[] {
  const { callInFlight } = foldTranscript("", entries);
  if (callInFlight === null) return [];
  return [toCutOffCall(callInFlight, "The session ended while the model answered.", null)];
}

/** The last words in a journal: of a cut-off answer if there is one, else of the last whole turn. */
export function findLastText(entries: readonly JournalEntry[]): string {
  for (const { event } of entries.toReversed()) {
    if (event.type === "turn-fail" && event.partialText !== "") return event.partialText;
    if (event.type !== "turn-end") continue;
    const text = toPlainText(event.content);
    if (text !== "") return text;
  }
  return "";
}
