/** A promise by its name, P and a number, and how many of the lines that were found are for it. */
export type Counts = ReadonlyMap<string, number>;

/** Counts what grep has answered: each line once for each promise that it names in its `part`. */
export function countPromises(found: string, part: RegExp): Counts {
  const counts = new Map<string, number>();
  for (const line of found.split("\n")) {
    const names = new Set(part.exec(line)?.[0].match(/\bP\d+\b/g) ?? []);
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** The promise with the fewest lines; one that is passed over between two that have some has none. */
export function findLeast(counts: Counts): { promise: string; count: number } {
  const last = Math.max(...[...counts.keys()].map((name) => Number(name.slice(1))));
  const all = Array.from({ length: last }, (_, at) => `P${at + 1}`);
  const least = Math.min(...all.map((name) => counts.get(name) ?? 0));
  const promise = all.find((name) => (counts.get(name) ?? 0) === least) ?? "";
  return { promise, count: least };
}
