import type { Transcript } from "../../core/transcript.ts";

// What a provider adds by itself: its template around each message and tool, its own words about tool use
// (346 tokens with Claude; docs.anthropic.com, "Tool use", pricing). Generous, for short prompts only.
const ownWords = 1_024;

/**
 * Never less than the provider will count. No tokenizer makes more tokens than there are bytes; but of
 * what the last turn sent, the provider has said the number, and only what came since is guessed.
 */
export function countInputAtMost(transcript: Transcript, toRequestJson: () => string): number {
  const { lastTurn, messages } = transcript;
  const counted = lastTurn?.inputTokens ?? 0;
  const answeredAt = messages.findLastIndex(({ role }) => role === "assistant");
  if (counted === 0 || answeredAt === -1) return ownWords + Buffer.byteLength(toRequestJson());
  return counted + ownWords + Buffer.byteLength(JSON.stringify(messages.slice(answeredAt)));
}
