import type { Usage } from "../../core/usage.ts";

/** The columns that sessions, their sums and ledger sums have in common. */
export interface SpendColumns {
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
  cost_micro_usd: number;
}

const spendColumns = [
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "cost_micro_usd",
] as const satisfies (keyof SpendColumns)[];

// Above it a JavaScript number loses integers, and node:sqlite refuses to read one.
const most = Number.MAX_SAFE_INTEGER;

/** SELECT list: exact integer sums over a group, held at 2^53 − 1. */
export const spendSums = spendColumns
  .map((column) => `MIN(COALESCE(SUM(${column}), 0), ${most}) AS ${column}`)
  .join(", ");

/** SET list: adds five parameters, in the order of `toSpendValues`, held at 2^53 − 1. */
export const spendAdditions = spendColumns
  .map((column) => `${column} = MIN(${column} + CAST(? AS INTEGER), ${most})`)
  .join(", ");

export function toUsage(row: SpendColumns): Usage {
  return {
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    cacheReadTokens: row.cache_read_tokens,
    cacheWriteTokens: row.cache_write_tokens,
  };
}

export function toSpendValues(usage: Usage, costMicroUsd: number): number[] {
  return [usage.inputTokens, usage.outputTokens, usage.cacheReadTokens, usage.cacheWriteTokens, costMicroUsd];
}
