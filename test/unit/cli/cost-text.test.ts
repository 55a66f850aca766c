import { expect, test } from "vitest";
import { renderCost, renderCostCsv, toSpentText } from "../../../src/cli/cost-text.ts";
import { toCostQuery } from "../../../src/cli/commands/cost.ts";
import type { CostView } from "../../../src/contract/shapes.ts";

const usage = { input_tokens: 100, output_tokens: 20, cache_read_tokens: 5, cache_write_tokens: 1 };
const priced = {
  key: "anthropic/claude-sonnet-4-6",
  sessions: 2,
  calls: 4,
  unpriced_calls: 0,
  usage,
  cost_usd: "0.42",
};
const unpriced = { key: "my-llm/foo,bar", sessions: 1, calls: 3, unpriced_calls: 3, usage, cost_usd: "0.00" };
const report: CostView = {
  from: "2026-07-01T00:00:00.000Z",
  to: "2026-07-02T00:00:00.000Z",
  cost_usd: "0.42",
  unpriced_calls: 3,
  possibly_billed_calls: 1,
  calls: 7,
  usage,
  budget: null,
  rows: [priced, unpriced],
  next_cursor: null,
};

test("a row without a price says so and is never zero", () => {
  expect(toSpentText(unpriced)).toBe("unpriced");
  expect(toSpentText({ ...priced, unpriced_calls: 1 })).toBe("$0.4200 + 1 unpriced call");
  expect(toSpentText(priced)).toBe("$0.4200");
});

test("the sum names what has no price and what may have been billed", () => {
  const lines = renderCost(report, { by: "model", width: 100 });
  expect(lines[0]).toMatch(/^MODEL +COST/);
  expect(lines).toContain("total  $0.4200 + 3 unpriced calls  7 calls  5% of the input from cache");
  expect(lines.at(-1)).toBe("1 call more broke off and may have been billed.");
});

test("no calls are said in words", () => {
  const none = { ...report, calls: 0, unpriced_calls: 0, possibly_billed_calls: 0, rows: [] };
  expect(renderCost(none, { by: "model", width: 80 })).toEqual(["No model calls."]);
});

test("comma-separated values leave an unknown cost empty and quote what has commas", () => {
  expect(renderCostCsv(report, "model").split("\n")).toEqual([
    "model,cost_usd,unpriced_calls,calls,sessions,input_tokens,output_tokens,cache_read_tokens,cache_write_tokens",
    "anthropic/claude-sonnet-4-6,0.42,0,4,2,100,20,5,1",
    '"my-llm/foo,bar",,3,3,1,100,20,5,1',
  ]);
});

test.each([
  ["=cmd()", `"'=cmd()"`],
  ["+1+cmd|' /C calc'!A0", `"'+1+cmd|' /C calc'!A0"`],
  ["-2+3", `"'-2+3"`],
  ["@SUM(A1)", `"'@SUM(A1)"`],
  ["\t=cmd()", `"'=cmd()"`],
  [" =cmd()", `"'=cmd()"`],
  ["\r\n=cmd()", `"'=cmd()"`],
  ["\uff1dcmd()", `"'\uff1dcmd()"`],
  ["x;=cmd()", `"x;=cmd()"`],
  ["x\n=cmd()", "x =cmd()"],
  ['x",=cmd()', `"x"",=cmd()"`],
  ["\u001b[2Jred", "red"],
  ["plain/model-1.5", "plain/model-1.5"],
])("%j as a key is one field, which no spreadsheet runs and no terminal obeys", (key, field) => {
  const [, row = ""] = renderCostCsv({ ...report, rows: [{ ...priced, key }] }, "model").split("\n");
  expect(row).toBe(`${field},0.42,0,4,2,100,20,5,1`);
});

// Wednesday, in the local time of whoever runs this.
const now = new Date(2026, 6, 15, 13, 30);

test.each([
  [{ today: true }, new Date(2026, 6, 15)],
  [{ week: true }, new Date(2026, 6, 13)],
  [{ month: true }, new Date(2026, 6, 1)],
  [{ since: "2026-07-03" }, new Date(2026, 6, 3)],
  [{ since: "2h" }, new Date(2026, 6, 15, 11, 30)],
])("%j begins at local time", (flags, from) => {
  const query = toCostQuery({ by: "model", ...flags }, now);
  expect(query.from).toBe(from.toISOString());
  expect(query.utc_offset_minutes).toBe(-now.getTimezoneOffset());
});

test("without a time it is all there is; two times are refused", () => {
  expect(toCostQuery({ by: "day" }, now)).not.toHaveProperty("from");
  expect(() => toCostQuery({ by: "day", today: true, week: true }, now)).toThrow(/exclude each other/);
  expect(() => toCostQuery({ by: "modle" }, now)).toThrow(/--by is "modle"/);
});
