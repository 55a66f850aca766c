/** Lets work of the same key through one after the other; other keys do not wait. */
export type Turnstile = <Value>(key: string, work: () => Promise<Value>) => Promise<Value>;

export function createTurnstile(): Turnstile {
  const last = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    // Whatever became of the one before: the next has its turn.
    const mine = (last.get(key) ?? Promise.resolve()).then(work, work);
    last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (last.get(key) === mine) last.delete(key);
    }
  };
}
