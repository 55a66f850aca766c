/** Cuts a run's model call off without ending the run: struck, it is fresh again for the next call. */
export interface Interruption {
  /** Aborted by the next strike. Taken before mail is read, so that none is between the two. */
  signal(): AbortSignal;
  strike(): void;
}

export function createInterruption(): Interruption {
  let current = new AbortController();
  return {
    signal: () => current.signal,
    strike() {
      const struck = current;
      current = new AbortController();
      struck.abort();
    },
  };
}
