import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { AssistantPart, ToolCallPart } from "../../../src/core/content.ts";
import type { FinishReason, JournalEntry, JournalEvent } from "../../../src/core/journal.ts";
import { decideNextStep } from "../../../src/core/next-step.ts";
import { foldTranscript } from "../../../src/core/transcript.ts";
import { noUsage } from "../../../src/core/usage.ts";

function toEntries(events: readonly JournalEvent[]): JournalEntry[] {
  return events.map((event, index) => ({ sessionId: "s", seq: index + 1, at: 1_000 + index, event }));
}

function fold(...events: JournalEvent[]): ReturnType<typeof foldTranscript> {
  return foldTranscript("the task", toEntries(events));
}

function turnStart(turn: number): JournalEvent {
  return { type: "turn-start", turn, reservedMicroUsd: 7 };
}

function turnEnd(turn: number, content: AssistantPart[], finish: FinishReason = "stop"): JournalEvent {
  return {
    type: "turn-end",
    turn,
    content,
    finish,
    usage: noUsage,
    costMicroUsd: 0,
    price: null,
    durationMs: 1,
  };
}

function call(toolCallId: string): ToolCallPart {
  return { type: "tool-call", toolCallId, toolName: "read_file", input: {} };
}

function result(toolCallId: string): JournalEvent {
  return { type: "tool-result", toolCallId, tool: "read_file", text: `result ${toolCallId}`, isError: false };
}

function turnFail(code: string, partialText = ""): JournalEvent {
  return {
    type: "turn-fail",
    turn: 1,
    error: { code, detail: "" },
    partialText,
    possiblyBilled: true,
    reservedMicroUsd: 0,
    retryAt: null,
  };
}

test("a fresh session asks the model with its task", () => {
  const transcript = fold({ type: "session-create" }, { type: "session-start", epoch: 1 });
  expect(transcript.messages).toEqual([{ role: "user", text: "the task" }]);
  expect(decideNextStep(transcript, 5)).toEqual({ kind: "call-model", turn: 1 });
});

test("a last word concludes", () => {
  const transcript = fold(turnStart(1), turnEnd(1, [{ type: "text", text: "done" }]));
  expect(decideNextStep(transcript, 5)).toEqual({ kind: "conclude" });
});

test("results stand in the order of the calls, however they came in", () => {
  const transcript = fold(
    turnStart(1),
    turnEnd(1, [call("a"), call("b"), call("c")], "tool-calls"),
    result("c"),
    result("a"),
    result("b"),
  );
  const last = transcript.messages.at(-1);
  expect(last?.role === "tool" && last.results.map(({ toolCallId }) => toolCallId)).toEqual(["a", "b", "c"]);
  expect(decideNextStep(transcript, 5)).toEqual({ kind: "call-model", turn: 2 });
});

test("a call without a result is still to be run, with its intent if one was written", () => {
  const transcript = fold(
    turnEnd(1, [call("a"), call("b")], "tool-calls"),
    { type: "tool-intent", toolCallId: "b", tool: "bash", prepared: "hash" },
    result("a"),
  );
  expect(decideNextStep(transcript, 5)).toEqual({
    kind: "run-tools",
    calls: [{ call: call("b"), intent: { prepared: "hash" }, children: null, wait: null, approval: null }],
  });
});

test("only when nothing else is left to do are children waited for", () => {
  const pending: JournalEvent = { type: "tool-pending", toolCallId: "a", sessionIds: ["child"] };
  const both = fold(turnEnd(1, [call("a"), call("b")], "tool-calls"), pending);
  expect(decideNextStep(both, 5).kind).toBe("run-tools");
  const one = fold(turnEnd(1, [call("a"), call("b")], "tool-calls"), pending, result("b"));
  expect(decideNextStep(one, 5)).toMatchObject({ kind: "await-children", calls: [{ children: ["child"] }] });
});

test("a run that has taken all its turns gives up, but not before its last word is heard", () => {
  const calls = fold(turnEnd(2, [call("a")], "tool-calls"), result("a"));
  expect(decideNextStep(calls, 2)).toMatchObject({ kind: "give-up", reason: "max-turns" });
  expect(decideNextStep(fold(turnEnd(2, [{ type: "text", text: "done" }])), 2).kind).toBe("conclude");
});

test.each([
  ["length", "length"],
  ["content-filter", "content-filter"],
  ["error", "provider-error"],
] as const)("an answer that ends by %s gives up, tool calls or not", (finish, reason) => {
  const transcript = fold(turnEnd(1, [call("a")], finish));
  expect(decideNextStep(transcript, 5)).toMatchObject({ kind: "give-up", reason });
});

test("mail and a repair are news that the model must see; an empty delivery is only an ack", () => {
  const done = turnEnd(1, [{ type: "text", text: "done" }]);
  const mail = fold(done, { type: "message-deliver", messageIds: ["m"], text: "hello" });
  expect(decideNextStep(mail, 5).kind).toBe("call-model");
  const repair = fold(done, { type: "repair-request", text: "again" });
  expect(repair.repairs).toBe(1);
  expect(decideNextStep(repair, 5).kind).toBe("call-model");
  const ack = fold(done, { type: "message-deliver", messageIds: ["m"], text: "" });
  expect(decideNextStep(ack, 5).kind).toBe("conclude");
});

test("a call that was never heard of again is known, with what was set aside for it", () => {
  expect(fold(turnStart(3)).callInFlight).toEqual({ turn: 3, reservedMicroUsd: 7, reservedTokens: 0 });
  expect(fold(turnStart(3), turnFail("network")).callInFlight).toBeNull();
});

test("failures in a row are counted from the first; our own restart is none; an answer clears them", () => {
  expect(fold(turnFail("network"), turnFail("interrupted"), turnFail("overloaded")).failedAttempts).toEqual({
    count: 2,
    firstAt: 1_000,
  });
  expect(fold(turnFail("network", "half"), turnEnd(1, [])).failedAttempts.count).toBe(0);
  expect(fold(turnFail("network", "half")).partialText).toBe("half");
});

test("a restart at any point folds to the same state as one fold over all of it", () => {
  const events: JournalEvent[] = [
    { type: "session-create" },
    { type: "session-start", epoch: 1 },
    turnStart(1),
    turnEnd(1, [{ type: "text", text: "look" }, call("a"), call("b")], "tool-calls"),
    { type: "tool-intent", toolCallId: "a", tool: "bash", prepared: null },
    result("b"),
    result("a"),
    { type: "message-deliver", messageIds: ["m"], text: "mail" },
    turnStart(2),
    turnFail("overloaded"),
    { type: "wait-start", wait: { on: "message" } },
    { type: "wait-end" },
    turnStart(2),
    turnEnd(2, [{ type: "text", text: "done" }]),
  ];
  fc.assert(
    fc.property(fc.integer({ min: 0, max: events.length }), (cut) => {
      const before = toEntries(events).slice(0, cut);
      const whole = foldTranscript("the task", toEntries(events));
      const again = foldTranscript("the task", [...before, ...toEntries(events).slice(cut)]);
      expect(again).toEqual(whole);
      expect(() => decideNextStep(foldTranscript("the task", before), 5)).not.toThrow();
    }),
  );
});
