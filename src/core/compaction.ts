import { estimateContext, estimateTokens } from "./context-size.ts";
import type { Transcript } from "./transcript.ts";
import type { TranscriptMessage } from "./transcript-message.ts";

/** What becomes of a history that no longer fits. */
export interface Compaction {
  tokensBefore: number;
  /** The task and what else stays as it is, before the summary. */
  head: TranscriptMessage[];
  /** What is summed up; nothing if trimming was enough. */
  dropped: TranscriptMessage[];
  /** The last turns, verbatim but for very long tool results. */
  tail: TranscriptMessage[];
  /** How many characters of what is dropped may be shown to the model that sums it up. */
  materialLength: number;
}

export interface ContextRoom {
  windowTokens: number;
  maxOutputTokens: number;
}

const trimmedLength = 2_000;
const leastLength = 1_000;
// After as many refusals in a row it is not the history that is too long.
const mostRefusals = 4;

/** False where the history was made shorter already, or has no turn that could be dropped. */
export function canCompact({ isCompacted, refusals, messages }: Transcript): boolean {
  return !isCompacted && refusals < mostRefusals && messages.some(({ role }) => role === "assistant");
}

/**
 * What to drop before the next call; null if nothing has to be, or nothing can. A provider that refused the
 * length knows better than any list of windows: each refusal halves what is taken to fit.
 */
export function planCompaction(transcript: Transcript, room: ContextRoom): Compaction | null {
  const { refusals, messages } = transcript;
  if (!canCompact(transcript)) return null;
  const limit = toLimit(room);
  const tokensBefore = estimateContext(transcript);
  if (refusals === 0 && tokensBefore < limit) return null;
  const fits = Math.floor(Math.min(limit, tokensBefore) * 0.5 ** refusals);
  const trimmed = trimOld(messages, fits);
  if (refusals === 0 && trimmed !== null) {
    return { tokensBefore, head: trimmed, dropped: [], tail: [], materialLength: 0 };
  }
  return cutHistory(messages, { tokensBefore, fits });
}

/** How full a context may get: four fifths, and an answer must still fit. */
function toLimit({ windowTokens, maxOutputTokens }: ContextRoom): number {
  return Math.floor(Math.max(windowTokens / 2, Math.min(windowTokens * 0.8, windowTokens - maxOutputTokens)));
}

/** The history with its old tool results cut short, if that alone makes it fit well. */
function trimOld(messages: readonly TranscriptMessage[], fits: number): TranscriptMessage[] | null {
  const start = findTail(messages, fits / 4);
  const trimmed = [
    ...messages.slice(0, start).map((message) => trimResults(message, trimmedLength)),
    ...messages.slice(start),
  ];
  return estimateTokens(trimmed) < fits * 0.6 ? trimmed : null;
}

function cutHistory(
  messages: readonly TranscriptMessage[],
  { tokensBefore, fits }: { tokensBefore: number; fits: number },
): Compaction | null {
  const start = findTail(messages, fits / 4);
  const head = messages.slice(0, 1);
  const dropped = messages.slice(1, start);
  const tail = fitTail(messages.slice(Math.max(1, start)), fits / 2);
  const before = estimateTokens(messages);
  if (dropped.length === 0 && estimateTokens([...head, ...tail]) >= before) return null;
  return { tokensBefore, head, dropped, tail, materialLength: fits * 2 };
}

/**
 * Where the last turns begin that have room in `tokens`; the last one at least. A turn is an answer, the
 * results of its calls and what was said after them: calls and results are never parted.
 */
function findTail(messages: readonly TranscriptMessage[], tokens: number): number {
  const starts = messages.flatMap(({ role }, index) => (role === "assistant" ? [index] : []));
  const last = starts.at(-1) ?? messages.length;
  return starts.find((start) => estimateTokens(messages.slice(start)) <= tokens) ?? last;
}

/** Shares what room there is among the tool results. */
function fitTail(tail: readonly TranscriptMessage[], tokens: number): TranscriptMessage[] {
  if (estimateTokens(tail) <= tokens) return [...tail];
  const results = tail.reduce(
    (sum, message) => sum + (message.role === "tool" ? message.results.length : 0),
    0,
  );
  const length = Math.max(leastLength, Math.floor((tokens * 3) / Math.max(1, results)));
  return tail.map((message) => trimResults(message, length));
}

function trimResults(message: TranscriptMessage, length: number): TranscriptMessage {
  if (message.role !== "tool") return message;
  return {
    ...message,
    results: message.results.map((result) => ({ ...result, text: trimText(result.text, length) })),
  };
}

/** The start and the end of a long text: the end often says how it went. */
export function trimText(text: string, length: number): string {
  if (text.length <= length) return text;
  const part = Math.floor(length / 2);
  return `${text.slice(0, part)}\n[… ${text.length - 2 * part} characters left out …]\n${text.slice(-part)}`;
}
