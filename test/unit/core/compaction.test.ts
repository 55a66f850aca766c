import * as fc from "fast-check";
import { expect, test } from "vitest";
import { planCompaction } from "../../../src/core/compaction.ts";
import { estimateTokens } from "../../../src/core/context-size.ts";
import type { JournalEntry, JournalEvent } from "../../../src/core/journal.ts";
import { decideNextStep } from "../../../src/core/next-step.ts";
import { type Transcript, foldTranscript } from "../../../src/core/transcript.ts";
import type { TranscriptMessage } from "../../../src/core/transcript-message.ts";
import { noUsage } from "../../../src/core/usage.ts";

const room = { windowTokens: 10_000, maxOutputTokens: 1_000 };

function toEntries(events: readonly JournalEvent[]): JournalEntry[] {
  return events.map((event, index) => ({ sessionId: "s", seq: index + 1, at: index, event }));
}

/** A turn with some calls, each answered with a text of that length. */
function turnOf(turn: number, lengths: readonly number[], inputTokens = 0): JournalEvent[] {
  const calls = lengths.map((_, at) => ({
    type: "tool-call" as const,
    toolCallId: `${turn}-${at}`,
    toolName: "read_file",
    input: {},
  }));
  const thinking = {
    type: "reasoning" as const,
    text: "hm",
    providerOptions: { anthropic: { signature: `s${turn}` } },
  };
  const usage = { ...noUsage, inputTokens };
  const cost = { usage, costMicroUsd: 0, price: null, durationMs: 1 };
  return [
    { type: "turn-start", turn, reservedMicroUsd: 0 },
    { type: "turn-end", turn, content: [thinking, ...calls], finish: "tool-calls", ...cost },
    ...calls.map((call, at) => ({
      type: "tool-result" as const,
      toolCallId: call.toolCallId,
      tool: "read_file",
      text: "x".repeat(lengths[at] ?? 0),
      isError: false,
    })),
  ];
}

function fold(...events: JournalEvent[]): Transcript {
  return foldTranscript("the task", toEntries(events));
}

/** What providers refuse: a result without its call right before it, a call without all of its results. */
function findBrokenPairs(messages: readonly TranscriptMessage[]): string[] {
  return messages.flatMap((message, at) => {
    const next = messages[at + 1];
    if (message.role === "tool") return messages[at - 1]?.role === "assistant" ? [] : [`result ${at}`];
    if (message.role !== "assistant") return [];
    const calls = message.content.flatMap((part) => (part.type === "tool-call" ? [part.toolCallId] : []));
    const results = next?.role === "tool" ? next.results.map(({ toolCallId }) => toolCallId) : [];
    return JSON.stringify(calls) === JSON.stringify(results) ? [] : [`calls ${at}`];
  });
}

const refusal: JournalEvent = {
  type: "turn-fail",
  turn: 9,
  error: { code: "context-length", detail: "" },
  partialText: "",
  possiblyBilled: false,
  reservedMicroUsd: 0,
  retryAt: null,
};

test("nothing is dropped while there is room", () => {
  expect(planCompaction(fold(...turnOf(1, [500])), room)).toBeNull();
});

test("the provider's own count decides, not only the length of the texts", () => {
  const full = fold(...turnOf(1, [100]), ...turnOf(2, [100], 7_950), ...turnOf(3, [100], 8_050));
  expect(planCompaction(full, room)?.tokensBefore).toBeGreaterThan(8_000);
});

test("old tool results are cut short first, and that may be enough", () => {
  const plan = planCompaction(fold(...turnOf(1, [24_000]), ...turnOf(2, [600]), ...turnOf(3, [600])), room);
  expect(plan?.dropped).toEqual([]);
  expect(JSON.stringify(plan?.head)).toContain("22000 characters left out");
  expect(estimateTokens(plan?.head ?? [])).toBeLessThan(5_000);
});

test("with many turns the last ones stay as they are, thinking and all, and the others are summed up", () => {
  const turns = Array.from({ length: 40 }, (_, at) => turnOf(at + 1, [900])).flat();
  const plan = planCompaction(fold(...turns), room);
  expect(plan?.head).toEqual([{ role: "user", text: "the task" }]);
  expect(plan?.tail.length).toBeGreaterThanOrEqual(4);
  expect(JSON.stringify(plan?.tail)).toContain('"signature":"s40"');
  expect(JSON.stringify(plan?.dropped)).toContain('"signature":"s1"');
  expect(estimateTokens(plan?.tail ?? [])).toBeLessThanOrEqual(2_500);
});

test("a refusal is believed, whatever the list of windows says; each one halves what is kept", () => {
  const turns = Array.from({ length: 60 }, (_, at) => turnOf(at + 1, [900])).flat();
  const wide = { windowTokens: 1_000_000, maxOutputTokens: 1_000 };
  const once = planCompaction(fold(...turns, refusal), wide);
  const twice = planCompaction(fold(...turns, refusal, refusal), wide);
  expect(once?.dropped.length).toBeGreaterThan(0);
  expect(estimateTokens(twice?.tail ?? [])).toBeLessThan(estimateTokens(once?.tail ?? []));
  expect(planCompaction(fold(...turns, refusal, refusal, refusal, refusal), wide)).toBeNull();
});

test("a history that was made shorter is not made shorter again before a turn was taken", () => {
  const turns = Array.from({ length: 40 }, (_, at) => turnOf(at + 1, [900])).flat();
  const compact: JournalEvent = {
    type: "context-compact",
    turn: 41,
    messages: [
      { role: "user", text: "the task" },
      { role: "user", text: "x".repeat(90_000) },
    ],
    turnsBefore: 3,
    repairs: 0,
    asks: 0,
    tokensBefore: 1,
    tokensAfter: 1,
    call: null,
  };
  expect(planCompaction(fold(...turns, compact), room)).toBeNull();
  expect(planCompaction(fold(...turns, compact, ...turnOf(41, [900])), room)).not.toBeNull();
});

const anyTurns = fc
  .array(fc.array(fc.nat(9_000), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 25 })
  .map((turns) => turns.flatMap((lengths, at) => turnOf(at + 1, lengths)));
const anyRoom = fc.record({
  windowTokens: fc.integer({ min: 500, max: 60_000 }),
  maxOutputTokens: fc.integer({ min: 1, max: 20_000 }),
});

test("whatever the history, calls keep their results, the task stays first, and it gets shorter", () => {
  fc.assert(
    fc.property(anyTurns, anyRoom, fc.nat(3), (turns, anyWindow, refusals) => {
      const transcript = fold(...turns, ...Array.from({ length: refusals }, () => refusal));
      const plan = planCompaction(transcript, anyWindow);
      if (plan === null) return;
      const after = [...plan.head, { role: "user" as const, text: "sum" }, ...plan.tail];
      expect(after[0]).toEqual({ role: "user", text: "the task" });
      expect(findBrokenPairs(after)).toEqual([]);
      expect(estimateTokens(after)).toBeLessThan(estimateTokens(transcript.messages) + 20);
    }),
  );
});

test("a fold that begins at a snapshot knows all that the whole journal tells", () => {
  fc.assert(
    fc.property(anyTurns, fc.nat(5), (turns, more) => {
      const before = fold(...turns);
      const turn = before.turns + 1;
      const compact: JournalEvent = {
        type: "context-compact",
        turn,
        messages: before.messages.slice(0, 1),
        turnsBefore: 0,
        repairs: before.repairs,
        asks: before.asks,
        tokensBefore: 9,
        tokensAfter: 1,
        call: null,
      };
      const after = Array.from({ length: more }, (_, at) => turnOf(turn + at, [10])).flat();
      const words: JournalEvent = { type: "session-resume", text: "go on", key: null };
      const rest = [compact, ...after, words];
      const fromSnapshot = foldTranscript("the task", toEntries(rest));
      const fromStart = fold(...turns, ...rest);
      expect({ ...fromSnapshot, failedAttempts: 0 }).toEqual({ ...fromStart, failedAttempts: 0 });
      expect(decideNextStep(fromSnapshot, 99)).toEqual({ kind: "call-model", turn: turn + more });
    }),
  );
});
