import type { CostView } from "../contract/shapes.ts";
import { isFullId, toShortId } from "../core/id.ts";
import { renderLimited } from "./limits-text.ts";
import { toCostText } from "./money-text.ts";
import { toCountText } from "./outcome.ts";
import { toOneLine } from "./plain-text.ts";
import { type Column, renderTable } from "./table.ts";

type CostRow = CostView["rows"][number];

/** What was spent, priced and unpriced kept apart. */
type Spending = Pick<CostRow, "calls" | "unpriced_calls" | "cost_usd">;

/** The report as a table and its sum. */
export function renderCost(report: CostView, look: { by: string; width: number }): string[] {
  const limits = report.budget === null ? [] : renderLimited(report.budget);
  if (report.calls === 0) return ["No model calls.", ...toDoubt(report), ...limits];
  const sum = `total  ${toSpentText(report)}  ${toCountText(report.calls, "call")}${toCacheText(report.usage)}`;
  const table = renderTable(report.rows, toColumns(look.by), look.width);
  return [...table, "", sum, ...toDoubt(report), ...limits];
}

/** How much of what went in a provider had in its cache; nothing where that is none. */
function toCacheText({ input_tokens: input, cache_read_tokens: cached }: CostView["usage"]): string {
  return cached === 0 ? "" : `  ${Math.round((100 * cached) / Math.max(1, input))}% of the input from cache`;
}

/** "$0.42", "$0.42 + 3 unpriced calls", or "unpriced" where no price at all is known. */
export function toSpentText({ calls, unpriced_calls: unpriced, cost_usd: usd }: Spending): string {
  if (unpriced === 0) return toCostText(usd);
  if (unpriced === calls) return "unpriced";
  return `${toCostText(usd)} + ${toCountText(unpriced, "unpriced call")}`;
}

function toColumns(by: string): Column<CostRow>[] {
  return [
    { title: by.toUpperCase(), text: (row) => toKeyText(row) || `(no ${by})`, shrinkTo: 12 },
    { title: "COST", text: toSpentText, align: "right" },
    { title: "SESSIONS", text: ({ sessions }) => String(sessions), align: "right", dropOrder: 2 },
    { title: "CALLS", text: ({ calls }) => String(calls), align: "right", dropOrder: 1 },
    { title: "INPUT", text: ({ usage }) => String(usage.input_tokens), align: "right", dropOrder: 3 },
    { title: "CACHED", text: ({ usage }) => String(usage.cache_read_tokens), align: "right", dropOrder: 4 },
    { title: "OUTPUT", text: ({ usage }) => String(usage.output_tokens), align: "right", dropOrder: 3 },
  ];
}

function toKeyText({ key }: CostRow): string {
  return isFullId(key) ? toShortId(key) : toOneLine(key);
}

/** Calls that were cut off by a crash: the provider may have billed them all the same. */
function toDoubt({ possibly_billed_calls: calls }: CostView): string[] {
  return calls === 0 ? [] : [`${toCountText(calls, "call")} more broke off and may have been billed.`];
}

/** The rows as comma-separated values (RFC 4180); an unknown cost is an empty field. */
export function renderCostCsv(report: CostView, by: string): string {
  const head = [by, "cost_usd", "unpriced_calls", "calls", "sessions"];
  const tokens = ["input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"] as const;
  const rows = report.rows.map((row) => [
    row.key,
    row.unpriced_calls > 0 && row.unpriced_calls === row.calls ? "" : row.cost_usd,
    ...[row.unpriced_calls, row.calls, row.sessions].map(String),
    ...tokens.map((name) => String(row.usage[name])),
  ]);
  return [[...head, ...tokens], ...rows].map((row) => row.map(toField).join(",")).join("\n");
}

// A field that begins like a formula would be run by a spreadsheet, also in its wide letters: a model's name
// or a label is not ours. Some countries separate by semicolons: unquoted, what follows one would begin a field.
function toField(text: string): string {
  const line = toOneLine(text);
  const safe = /^[=+@\u2212\uff0b\uff0d\uff1d\uff20-]/.test(line) ? `'${line}` : line;
  return /[",;'|]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
