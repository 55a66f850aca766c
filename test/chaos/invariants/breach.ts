/** An invariant that did not hold, and where it shows. */
export interface Breach {
  invariant: string;
  detail: string;
}

/** At most that many of one kind are told: the first ones say what the rest would. */
const mostTold = 5;

/** Breaches of one invariant; the last one counts those that are not told. */
export function toBreaches(invariant: string, details: readonly string[]): Breach[] {
  const told = details.slice(0, mostTold).map((detail) => ({ invariant, detail }));
  const rest = details.length - told.length;
  return rest > 0 ? [...told, { invariant, detail: `and ${rest} more` }] : told;
}
