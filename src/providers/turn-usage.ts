import type { LanguageModelV4Usage } from "@ai-sdk/provider";
import { noUsage, toTokenCount, type Usage } from "../core/usage.ts";

// No model takes or writes so much in one call; beyond it a number is nonsense and not a count.
const maxTokensPerCall = 1e8;

/**
 * A call's usage from the wire. `known` is false where the provider named none or named nonsense
 * (negative, not finite, absurdly large, no input at all); such a call counts as zero and unpriced.
 */
export function toTurnUsage(usage: LanguageModelV4Usage | undefined): { usage: Usage; known: boolean } {
  const input = usage?.inputTokens.total;
  const output = usage?.outputTokens.total;
  if (!isCount(input) || !isCount(output) || input === 0) return { usage: noUsage, known: false };
  const cacheReadTokens = toCacheCount(usage?.inputTokens.cacheRead);
  const cacheWriteTokens = toCacheCount(usage?.inputTokens.cacheWrite);
  return {
    usage: {
      // Cache tokens are part of the total: a total below them would make a negative price.
      inputTokens: Math.max(toTokenCount(input), cacheReadTokens + cacheWriteTokens),
      outputTokens: toTokenCount(output),
      cacheReadTokens,
      cacheWriteTokens,
    },
    known: true,
  };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= maxTokensPerCall;
}

function toCacheCount(value: number | undefined): number {
  return isCount(value) ? toTokenCount(value) : 0;
}
