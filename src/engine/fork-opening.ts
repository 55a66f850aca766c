import type { JournalEntry, JournalEvent } from "../core/journal.ts";
import { type Transcript, foldTranscript } from "../core/transcript.ts";
import type { SessionRecord } from "../core/session.ts";

/** How the journal of a fork begins, and where it stands then. */
export interface ForkOpening {
  events: JournalEvent[];
  transcript: Transcript;
}

const unknownResult =
  "This call had no result yet where the session was forked; it may have happened. Look before you repeat it.";

/**
 * The turns of a session up to `turn` and what their tools answered, as the beginning of another journal.
 * The usage of each turn stays, for it tells how full the context is; its price does not: it is paid.
 */
export function toForkOpening(
  source: SessionRecord,
  entries: readonly JournalEntry[],
  { turn, text }: { turn: number; text: string },
): ForkOpening {
  const copied = copyTurns(entries, turn);
  const start: JournalEvent = {
    type: "session-fork",
    from: source.id,
    turn,
    task: findFirstTask(source, entries),
  };
  const before = fold(source, [start, ...copied]);
  const answers = before.openCalls.map(({ call }) => ({
    type: "tool-result" as const,
    toolCallId: call.toolCallId,
    tool: call.toolName,
    text: unknownResult,
    isError: true,
  }));
  const words: JournalEvent[] =
    text === "" ? [] : [{ type: "message-deliver", messageIds: [], text, from: "user" }];
  const events = [start, ...copied, ...answers, ...words];
  return { events, transcript: fold(source, events) };
}

function fold(source: SessionRecord, events: readonly JournalEvent[]): Transcript {
  const entries = events.map((event, at) => ({ sessionId: source.id, seq: at + 1, at: 0, event }));
  return foldTranscript(source.task, entries);
}

/** A fork of a fork begins as the first of them did. */
function findFirstTask(source: SessionRecord, entries: readonly JournalEntry[]): string {
  const fork = entries.map(({ event }) => event).find((event) => event.type === "session-fork");
  return fork?.type === "session-fork" ? fork.task : source.task;
}

/** Up to the end of a turn and its tools; what came to the session after that is not copied. */
function copyTurns(entries: readonly JournalEntry[], turn: number): JournalEvent[] {
  const copied: JournalEvent[] = [];
  let ended = 0;
  for (const { event } of entries) {
    if (event.type === "turn-end" && event.turn > turn) break;
    if (event.type === "turn-end") ended = event.turn;
    if (ended >= turn && event.type !== "turn-end" && event.type !== "tool-result") continue;
    copied.push(...toCopies(event));
  }
  return copied;
}

function toCopies(event: JournalEvent): JournalEvent[] {
  switch (event.type) {
    case "turn-end":
      return [{ ...event, costMicroUsd: 0, price: null }];
    case "context-compact":
      return [{ ...event, call: null }];
    case "session-resume":
      return event.text === ""
        ? []
        : [{ type: "message-deliver", messageIds: [], text: event.text, from: "user" }];
    case "message-deliver":
      return [{ ...event, messageIds: [] }];
    // Where its agent has the conversation of which this one is to be a copy.
    case "agent-thread":
    case "tool-result":
    case "repair-request":
      return [event];
    default:
      return [];
  }
}
