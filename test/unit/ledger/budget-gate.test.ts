import { expect, test } from "vitest";
import { type PeriodLimits, noAmount, noBudget, noLimits } from "../../../src/core/budget.ts";
import type { Admission, CallPass, PlannedCall } from "../../../src/core/call-gate.ts";
import { createFixedClock } from "../../../src/core/clock.ts";
import { toFreshRecord } from "../../../src/engine/fresh-record.ts";
import { createBudgetBook } from "../../../src/ledger/budget-book.ts";
import { createBudgetGate } from "../../../src/ledger/budget-gate.ts";
import { priceAtMost } from "../../../src/providers/price-at-most.ts";
import { newBatch } from "../../support/store-fixture.ts";

const noon = new Date(2026, 10, 21, 12).getTime();
const usage = { inputTokens: 1_000, outputTokens: 1_000, cacheReadTokens: 0, cacheWriteTokens: 0 };

function createSetting(limits: PeriodLimits = noLimits) {
  const clock = createFixedClock(noon);
  const book = createBudgetBook({
    clock,
    limits,
    opening: { covered: [], day: noAmount, month: noAmount },
  });
  const openBook = () => Promise.resolve(book);
  return { clock, book, gate: createBudgetGate({ openBook, clock, priceAtMost, random: () => 1 }) };
}

/** A call of at most 1,000 tokens in and 1,000 out, by a session with that budget: $0.01875 at worst. */
function planCall(microUsd: number | null, model = "claude-sonnet-4-6"): PlannedCall {
  const budget = { microUsd, tokens: null };
  const [spec] = newBatch(1, { provider: "anthropic", model, budget }).sessions;
  if (spec === undefined) throw new Error("A batch of one has no session.");
  const session = toFreshRecord(spec);
  const sizes = { inputTokensAtMost: () => 1_000, outputTokensAtMost: 1_000 };
  return { session, turn: 1, provider: "anthropic", model, ...sizes };
}

function toPass(admission: Admission): CallPass {
  if (admission.kind !== "pass") throw new Error(`It was ${admission.kind}.`);
  return admission.pass;
}

test("the worst case is the whole input written to the cache and all the output there may be", async () => {
  const { gate, book } = createSetting();
  const call = planCall(1_000_000);
  const pass = toPass(await gate.enter(call));
  expect(pass).toMatchObject({ reservedMicroUsd: 18_750, reservedTokens: 2_000 });
  pass.leave({ kind: "answered", usage, costMicroUsd: 18_000 });
  const { id, budget } = call.session;
  expect(book.standingOf({ scope: "session", id, budget })).toMatchObject({
    spent: { microUsd: 18_000, tokens: 2_000 },
    reserved: noAmount,
  });
});

test.each([
  ["was refused", { possiblyBilled: false }, 0],
  ["may have been billed", { possiblyBilled: true }, 18_750],
])("a call that %s costs %j: %d", async (_, { possiblyBilled }, microUsd) => {
  const { gate, book } = createSetting();
  const pass = toPass(await gate.enter(planCall(null)));
  pass.leave({ kind: "failed", code: "network", status: null, retryAfterMs: null, possiblyBilled });
  expect(book.periods().day.spent.microUsd).toBe(microUsd);
});

test("a call that has to wait for others looks again later each time, and goes when they have settled", async () => {
  const { gate, clock } = createSetting();
  const call = planCall(30_000);
  const first = toPass(await gate.enter(call));
  const waits: number[] = [];
  for (let look = 0; look < 7; look += 1) {
    const admission = await gate.enter(call);
    if (admission.kind !== "park" || admission.wait.on !== "cool-down") throw new Error(admission.kind);
    expect(admission.wait.detail).toContain("$0.01875 set aside for calls in flight");
    waits.push(admission.wait.untilMs - clock.now());
  }
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  first.leave({ kind: "answered", usage, costMicroUsd: 10_000 });
  expect((await gate.enter(call)).kind).toBe("pass");
});

test("a call that never fits is refused with the budget, its numbers and what to do", async () => {
  const { gate } = createSetting({ day: { microUsd: 10_000, tokens: null }, month: noBudget });
  expect(await gate.enter(planCall(18_749))).toMatchObject({
    kind: "refuse",
    reason: "budget",
    fault: {
      code: "budget-exceeded",
      detail: expect.stringMatching(
        /^The budget of session \w{8} is \$0\.018749: \$0\.00 spent, \$0\.00 set aside .* may take \$0\.01875\. Spawn again with a larger budget/,
      ) as string,
    },
  });
  expect(await gate.enter(planCall(null))).toMatchObject({
    fault: {
      detail: expect.stringMatching(
        /^The limit of the day 2026-11-21 is \$0\.01:.*Wait for the next day/,
      ) as string,
    },
  });
});

test("a limit in USD that comes after a session of a model without a price stops its next call", async () => {
  const { gate, book } = createSetting();
  expect((await gate.enter(planCall(null, "home-made"))).kind).toBe("pass");
  book.setLimits({ day: { microUsd: 5, tokens: null }, month: noBudget });
  expect(await gate.enter(planCall(null, "home-made"))).toMatchObject({
    kind: "refuse",
    fault: { code: "budget-unpriced" },
  });
});
