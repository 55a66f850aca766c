/** An answer that would fill the memory. */
export class OverlongAnswer extends Error {
  constructor(what: string) {
    super(`The provider's answer ${what}; it was cut off.`);
  }
}

const deepest = 5;

/** The one below an error that a provider's SDK made of it. */
export function findOverlongAnswer(error: unknown): OverlongAnswer | null {
  let at: unknown = error;
  for (let depth = 0; depth < deepest && at instanceof Error; depth += 1) {
    if (at instanceof OverlongAnswer) return at;
    at = at.cause;
  }
  return null;
}
