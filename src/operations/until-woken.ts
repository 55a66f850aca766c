import { createDeferred } from "../core/deferred.ts";
import type { Clock } from "../core/clock.ts";

export interface WaitLimits {
  clock: Clock;
  timeoutMs: number;
  /** Aborted when the caller goes. */
  signal: AbortSignal;
}

/** What is waited for. */
export interface Watch<Value> {
  /** The answer unsubscribes. */
  listen: (wake: () => void) => () => void;
  /** What is done first of all. */
  begin?: () => Promise<void>;
  /** Null: not yet. */
  look: () => Promise<Value | null>;
}

/**
 * Looks, and looks again whenever it is woken, until `look` answers something else than null or the time is
 * over. It listens before `begin` and before the first look, so that nothing happens in between unseen.
 */
export async function untilWoken<Value>(
  limits: WaitLimits,
  { listen, begin, look }: Watch<Value>,
): Promise<Value | null> {
  let woken = createDeferred<void>();
  let isOver = limits.signal.aborted;
  const end = (): void => {
    isOver = true;
    woken.resolve();
  };
  let disarm: (() => void) | undefined;
  const unlisten = listen(() => woken.resolve());
  limits.signal.addEventListener("abort", end, { once: true });
  try {
    await begin?.();
    disarm = limits.clock.after(limits.timeoutMs, end);
    for (;;) {
      woken = createDeferred();
      const isLast = isOver;
      const found = await look();
      if (found !== null || isLast) return found;
      await woken.promise;
    }
  } finally {
    unlisten();
    disarm?.();
    limits.signal.removeEventListener("abort", end);
  }
}
