import type { JournalEvent } from "./journal.ts";
import type { TranscriptMessage } from "./transcript-message.ts";

/** All that a fold knows after a compaction: what came before it need not be read. */
export function readSnapshot(event: Extract<JournalEvent, { type: "context-compact" }>) {
  const { turn, turnsBefore, repairs, asks } = event;
  const messages: TranscriptMessage[] = [...event.messages];
  return {
    turns: turn - 1,
    turnsBefore,
    repairs,
    asks,
    messages,
    openCalls: [],
    heldTexts: [],
    lastTurn: { content: [], finish: "tool-calls" as const, inputTokens: 0 },
    hasNews: true,
    callInFlight: null,
    failedAttempts: { count: 0, firstAt: 0 },
    isCompacted: true,
    partialText: "",
  };
}
