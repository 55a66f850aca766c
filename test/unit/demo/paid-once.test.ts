import { expect, test } from "vitest";
import type { CostView, SessionView } from "../../../src/contract/shapes.ts";
import { comparePaid } from "../../../src/cli/demo/paid-once.ts";
import type { ModelCallRecord } from "../../../src/cli/demo/simulated-model.ts";

function toCall(turn: number, state: ModelCallRecord["state"] = "completed"): ModelCallRecord {
  return {
    task: "a",
    turn,
    state,
    isLast: false,
    inputTokens: 10,
    outputTokens: 2,
    startedAt: 0,
    endedAt: 0,
  };
}

const session = { task: "a", turns: 2, usage: { input_tokens: 20, output_tokens: 4 } } as SessionView;

function toCost(calls: number, possiblyBilled: number): CostView {
  return { calls, possibly_billed_calls: possiblyBilled, usage: session.usage } as CostView;
}

test("the books fit: two turns, one of them cut off once and asked again", () => {
  const calls = [toCall(1), toCall(2, "cut"), toCall(2)];
  const paid = comparePaid({ calls, sessions: [session], cost: toCost(3, 1) });
  expect(paid).toMatchObject({
    holds: true,
    answers: 2,
    booked: 2,
    cut: 1,
    possiblyBilled: 1,
    answeredTwice: 0,
  });
});

test("a finished turn that was asked again is seen", () => {
  const calls = [toCall(1), toCall(2), toCall(2)];
  const paid = comparePaid({ calls, sessions: [session], cost: toCost(2, 0) });
  expect(paid).toMatchObject({ holds: false, answeredTwice: 1 });
});

test("a call that the ledger lost is seen", () => {
  const paid = comparePaid({ calls: [toCall(1), toCall(2)], sessions: [session], cost: toCost(1, 0) });
  expect(paid.holds).toBe(false);
});

test("a cut answer that the ledger does not mention is seen", () => {
  const calls = [toCall(1), toCall(2, "cut"), toCall(2)];
  expect(comparePaid({ calls, sessions: [session], cost: toCost(2, 0) }).holds).toBe(false);
});
