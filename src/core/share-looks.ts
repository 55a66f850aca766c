/**
 * Calls with the same key that come while one is under way share the one after it. So each sees all that
 * was there when it was called, and however many come at once, at most two are made.
 */
export function shareLooks<T>(look: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const running = new Map<string, Promise<T>>();
  const next = new Map<string, Promise<T>>();
  const begin = (key: string): Promise<T> => {
    const begun = look(key);
    running.set(key, begun);
    const forget = (): void => void running.delete(key);
    void begun.then(forget, forget);
    return begun;
  };
  return (key) => {
    const waiting = next.get(key);
    if (waiting !== undefined) return waiting;
    const before = running.get(key);
    if (before === undefined) return begin(key);
    const start = (): Promise<T> => {
      next.delete(key);
      return begin(key);
    };
    const later = before.then(start, start);
    next.set(key, later);
    return later;
  };
}
