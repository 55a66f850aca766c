import { expect, test } from "vitest";
import { parseBudgetSettings } from "../../../src/config/budget-settings.ts";
import { putCostLimits } from "../../../src/contract/daemon-operations.ts";
import { newBatchShape } from "../../../src/contract/session-operations.ts";
import { noBudget } from "../../../src/core/budget.ts";
import { parseUsd } from "../../../src/core/money.ts";
import { explainIssues } from "../../../src/contract/explain-issue.ts";

test.each([
  ["2.00", 2_000_000],
  [0.1, 100_000],
  ["0.000001", 1],
  [1_000_000, 1e12],
  [1.123456, 1_123_456],
])("%j USD is exactly %d micro-USD", (value, microUsd) => {
  expect(parseUsd(value)).toBe(microUsd);
});

const wrongAmounts = [
  0,
  -1,
  "-0.5",
  Number.NaN,
  Infinity,
  1e30,
  1_000_000.01,
  "1e3",
  "",
  " 1",
  "1,5",
  "0.0000001",
  1e-7,
];

test.each(wrongAmounts)("%j is no budget in USD", (value) => {
  expect(parseUsd(value)).toBeUndefined();
});

function findFaults(body: object): { detail: string; pointer: string }[] {
  const parsed = newBatchShape.safeParse(body);
  const outsideBody = new Map<string, string>();
  return explainIssues(parsed.error?.issues ?? [], { schema: newBatchShape, value: body, outsideBody });
}

test.each([
  [{ budget_usd: -1 }, "/budget_usd", /must be an amount in USD above 0, at most 1000000/],
  [{ budget_usd: "lots" }, "/budget_usd", /must be an amount in USD/],
  [{ budget_usd: null }, "/budget_usd", /must be an amount in USD/],
  [{ budget_usd: { usd: 1 } }, "/budget_usd", /must be an amount in USD/],
  [{ budget_tokens: 0 }, "/budget_tokens", /at least 1/],
  [{ budget_tokens: 1.5 }, "/budget_tokens", /whole number/],
  [{ sessions: [{ task: "x", budget_usd: 1e12 }] }, "/sessions/0/budget_usd", /at most 1000000/],
])("%j is refused with its place and the range", (wrong, pointer, says) => {
  const [fault, ...others] = findFaults({ sessions: [{ task: "x" }], ...wrong });
  expect(fault).toMatchObject({ pointer, detail: expect.stringMatching(says) as string });
  expect(others).toEqual([]);
});

test("limits take an amount, null for none, and no other period than day and month", () => {
  const { input } = putCostLimits;
  expect(input.safeParse({ day: { usd: "5", tokens: null }, month: {} }).success).toBe(true);
  expect(input.safeParse({ day: { usd: 0 } }).success).toBe(false);
  expect(input.safeParse({ week: {} }).success).toBe(false);
});

test("the environment sets the limits of day and month, in USD and in tokens", () => {
  expect(parseBudgetSettings({})).toEqual({ day: noBudget, month: noBudget });
  expect(
    parseBudgetSettings({ PROFCLAW_BUDGET_DAY_USD: "2.5", PROFCLAW_BUDGET_MONTH_TOKENS: "1000" }),
  ).toEqual({ day: { microUsd: 2_500_000, tokens: null }, month: { microUsd: null, tokens: 1_000 } });
});

test.each([
  [{ PROFCLAW_BUDGET_DAY_USD: "-1" }, /PROFCLAW_BUDGET_DAY_USD is "-1"; it must be an amount in USD above 0/],
  [
    { PROFCLAW_BUDGET_MONTH_TOKENS: "1e9" },
    /PROFCLAW_BUDGET_MONTH_TOKENS is "1e9"; it must be a whole number/,
  ],
  [
    { PROFCLAW_BUDGET_DAY_USD: "9", PROFCLAW_BUDGET_MONTH_USD: "8" },
    /day's limit in USD is above the month's/,
  ],
])("%j is refused by its name", (env, says) => {
  expect(() => parseBudgetSettings(env)).toThrow(says);
});
