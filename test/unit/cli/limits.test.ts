import { expect, test } from "vitest";
import { toLimitsBody } from "../../../src/cli/commands/cost-limits-set.ts";
import { renderLimited, renderLimits, toLeftText } from "../../../src/cli/limits-text.ts";
import { createBudgetWatch } from "../../../src/cli/spawn/budget-watch.ts";
import type { BatchView, BudgetView } from "../../../src/contract/shapes.ts";

const free: BudgetView = {
  usd: null,
  tokens: null,
  spent_usd: "12.60",
  spent_tokens: 900,
  left_usd: null,
  left_tokens: null,
};
const money: BudgetView = { ...free, usd: "20.00", left_usd: "7.40" };
const both: BudgetView = { ...money, tokens: 1_000, left_tokens: 100 };

function toBatch(budget: BudgetView): BatchView {
  return {
    id: "b",
    status: "running",
    counts: {
      queued: 0,
      running: 1,
      waiting: 0,
      completed: 0,
      failed: 0,
      cancelled: 0,
      interrupted: 0,
      timed_out: 0,
    },
    usage: { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0 },
    cost_usd: null,
    budget,
    synthesis: null,
    created_at: "2026-01-01T00:00:00.000Z",
    ended_at: null,
    links: {},
  };
}

function toStandings(spent: number) {
  const budget = { ...free, usd: "2.00", spent_usd: String(spent), left_usd: (2 - spent).toFixed(2) };
  return { batch: toBatch(budget), limits: { day: money, month: free } };
}

test("limits are shown with what is spent of them, and no limit as none", () => {
  expect(renderLimits({ day: both, month: free })).toEqual([
    "today       $12.60 of $20.00 spent (63 %), 900 of 1000 tokens spent (90 %)",
    "this month  $12.60 spent, no limit",
  ]);
  expect(renderLimited({ day: money, month: free })).toEqual(["limit today: $12.60 of $20.00 spent (63 %)"]);
});

test("what is left is told in the unit in which less of it is left", () => {
  expect(toLeftText(money)).toBe("$7.40 of $20.00 left");
  expect(toLeftText(both)).toBe("100 of 1000 tokens left");
});

test("a limit that no flag names stays, none takes it away", () => {
  const now = { day: both, month: free };
  expect(toLimitsBody({ day: "$5.00" }, now)).toEqual({ day: { usd: "5.00", tokens: 1_000 } });
  expect(toLimitsBody({ dayTokens: "none", month: "9" }, now)).toEqual({
    day: { usd: "20.00", tokens: null },
    month: { usd: "9", tokens: null },
  });
});

test.each([
  ["day", "-1", "--day is"],
  ["day", "NaN", "--day is"],
  ["month", "1e9", "--month is"],
  ["dayTokens", "0", "--day-tokens is"],
  ["monthTokens", "1.5", "--month-tokens is"],
])("--%s %s is refused by its name", (flag, text, said) => {
  expect(() => toLimitsBody({ [flag]: text }, { day: free, month: free })).toThrow(said);
});

test("the tightest budget is watched, and each threshold is told once", () => {
  const watch = createBudgetWatch();
  expect(watch.look({ batch: null, limits: null })).toBeNull();
  expect(watch.look(toStandings(0.2))).toEqual({
    left: "today's limit: $7.40 of $20.00 left",
    share: 0.63,
    warning: "63 % of today's limit is spent: $7.40 of $20.00 left",
  });
  expect(watch.look(toStandings(0.2))?.warning).toBeNull();
  expect(watch.look(toStandings(1.7))?.warning).toBe("85 % of the budget is spent: $0.3000 of $2.00 left");
  expect(watch.look(toStandings(1.7))?.warning).toBeNull();
});
