import type { JournalEvent } from "./journal.ts";
import type { CallInFlight } from "./transcript.ts";

/**
 * The event that books a model call that no end is known of: it may be on the bill. `retryAt`: when it is
 * asked again, ms; null if never.
 */
export function toCutOffCall(
  { turn, reservedMicroUsd, reservedTokens }: CallInFlight,
  detail: string,
  retryAt: number | null,
): JournalEvent {
  return {
    type: "turn-fail",
    turn,
    error: { code: "interrupted", detail },
    partialText: "",
    possiblyBilled: true,
    reservedMicroUsd,
    reservedTokens,
    retryAt,
  };
}
