import type { TokensGiven } from "./reply.ts";

export interface ModelTotals extends TokensGiven {
  calls: number;
}

/** What the server gave out, per model: an account that shares no code with the product. */
export interface TokenLedger {
  book(model: string, tokens: TokensGiven): void;
  totals(): Record<string, ModelTotals>;
}

export function createTokenLedger(): TokenLedger {
  const rows = new Map<string, ModelTotals>();
  return {
    book(model, tokens) {
      const row = rows.get(model) ?? {
        calls: 0,
        inputTokens: 0,
        outputTokens: 0,
        cacheReadTokens: 0,
        cacheWriteTokens: 0,
      };
      rows.set(model, {
        calls: row.calls + 1,
        inputTokens: row.inputTokens + tokens.inputTokens,
        outputTokens: row.outputTokens + tokens.outputTokens,
        cacheReadTokens: row.cacheReadTokens + tokens.cacheReadTokens,
        cacheWriteTokens: row.cacheWriteTokens + tokens.cacheWriteTokens,
      });
    },
    totals: () => Object.fromEntries(rows),
  };
}
