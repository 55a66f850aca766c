const baseMs = 1_000;
const capMs = 60_000;

export interface RetryQuestion {
  /** 1 for the first try after the failed one. */
  attempt: number;
  retryAfterMs: number | null;
  /** In [0, 1). */
  random: () => number;
}

/**
 * When to try again, ms from now. Exponential back-off with full jitter (AWS Architecture Blog,
 * "Exponential Backoff and Jitter"), 60 s at most; never before the provider's own Retry-After, and
 * spread a little after it, so that all who were told the same time do not come at once.
 */
export function toRetryDelay({ attempt, retryAfterMs, random }: RetryQuestion): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(Math.max(attempt, 1) - 1, 16));
  if (retryAfterMs === null) return Math.floor(random() * ceiling);
  const spread = Math.min(ceiling, Math.max(baseMs, retryAfterMs / 10));
  return Math.ceil(retryAfterMs + random() * spread);
}
