import { expect, test } from "vitest";
import { askConsent } from "../../../src/cli/spawn/ask-consent.ts";
import { renderPlan } from "../../../src/cli/spawn/plan-text.ts";
import type { AcceptedBatchView } from "../../../src/contract/session-operations.ts";
import type { BudgetView } from "../../../src/contract/shapes.ts";
import { createCapturedContext } from "./captured-context.ts";
import { sampleSession } from "./sample-session.ts";

const none: BudgetView = {
  usd: null,
  tokens: null,
  spent_usd: "0.00",
  spent_tokens: 0,
  left_usd: null,
  left_tokens: null,
};
const noLimits = { day: none, month: none };

function samplePlan(count: number, changes: Partial<AcceptedBatchView> = {}): AcceptedBatchView {
  const sessions = Array.from({ length: count }, () => sampleSession());
  return { batch_id: "b", sessions, warnings: [], concurrency: 10, budget: null, links: {}, ...changes };
}

test("the plan says what it will usually cost and how that is known, its budget, and what is left of the limits", () => {
  const plan = samplePlan(3, {
    timeout_ms: 300_000,
    limits: { day: { ...none, usd: "20.00", left_usd: "18.20" }, month: none },
    estimate: { usd: "0.42", basis: "history of 12 sessions" },
    budget: { ...none, usd: "2.00", tokens: 90_000, left_usd: "2.00", left_tokens: 90_000 },
  });
  expect(renderPlan(plan)).toBe(
    "3 sessions · anthropic/claude-sonnet-4-6 · at most 10 at once · each may run 5m00s · " +
      "about $0.4200 (history of 12 sessions) · budget $2.00 and 90000 tokens · $18.20 left today",
  );
});

test("without a price the cost is unknown, and without limits none is named", () => {
  const plan = samplePlan(1, {
    timeout_ms: 60_000,
    limits: noLimits,
    estimate: { usd: null, basis: "rule of thumb" },
  });
  expect(renderPlan(plan)).toMatch(/each may run 1m00s · cost unknown$/);
});

test.each([
  ["20 sessions for $5", samplePlan(20, { estimate: { usd: "5.00", basis: "rule of thumb" } }), false],
  ["21 sessions", samplePlan(21), true],
  ["1 session for $5.01", samplePlan(1, { estimate: { usd: "5.01", basis: "rule of thumb" } }), true],
])("%s: off a terminal it needs a yes in the command or not", async (_, plan, isAsked) => {
  const { context } = createCapturedContext();
  const asked = askConsent(plan, false, context);
  if (isAsked)
    await expect(asked).rejects.toMatchObject({
      code: "budget-exceeded",
      hint: expect.stringMatching(/--yes.*--budget/),
    });
  else await asked;
  await askConsent(plan, true, context);
});
