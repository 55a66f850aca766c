const mostTries = 12;

/**
 * The best of some tries, ms, or the first that is good enough: a machine that others use too has bad seconds. What
 * is too slow by itself is so each time.
 */
export async function toBestMs(enoughMs: number, run: () => Promise<number>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < mostTries && best >= enoughMs; tries += 1) best = Math.min(best, await run());
  return best;
}
