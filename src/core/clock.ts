/** Time as an argument: tests pass a clock they move themselves. Milliseconds since the epoch. */
export interface Clock {
  now(): number;
  /** For measuring how long something takes, ms: never set, never jumps, means nothing by itself. */
  elapsedMs(): number;
  /** Calls back once after `ms`; the answer cancels. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsedMs: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** A clock that stands still until `advance`, which fires what falls due, in order. */
export function createFixedClock(startMs: number): Clock & { advance(ms: number): void } {
  let current = startMs;
  const timers = new Set<{ at: number; callback: () => void }>();
  return {
    now: () => current,
    elapsedMs: () => current,
    after(ms, callback) {
      const timer = { at: current + ms, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      current += ms;
      const due = [...timers].filter((timer) => timer.at <= current).toSorted((a, b) => a.at - b.at);
      for (const timer of due) {
        if (timers.delete(timer)) timer.callback();
      }
    },
  };
}
