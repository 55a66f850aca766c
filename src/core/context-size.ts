import type { Transcript } from "./transcript.ts";
import type { TranscriptMessage } from "./transcript-message.ts";

// Of prose a token has four characters, of code and JSON about three.
const charactersPerToken = 3;

/** About how many tokens messages are. */
export function estimateTokens(messages: readonly TranscriptMessage[]): number {
  return Math.ceil(JSON.stringify(messages).length / charactersPerToken);
}

/** About how many tokens the next call sends: what the provider counted last, and what came since. */
export function estimateContext({ lastTurn, messages }: Transcript): number {
  const counted = lastTurn?.inputTokens ?? 0;
  const answeredAt = messages.findLastIndex(({ role }) => role === "assistant");
  if (counted === 0 || answeredAt === -1) return estimateTokens(messages);
  return counted + estimateTokens(messages.slice(answeredAt));
}
