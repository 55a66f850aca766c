/** What a test run printed about itself. */
export interface TestReport {
  framework: string;
  passed: number;
  failed: number;
  skipped: number;
  /** Names of failing tests, in the framework's own spelling, without repeats. */
  failing: string[];
  /** The part of the output that explains the failures; empty if none was found. */
  excerpt: string;
}

/** Undefined if the text is not of this framework. Lines are at most 2,000 characters, without colours. */
export type ReportParser = (text: string) => TestReport | undefined;

/** "1 failed | 3 passed" → { failed: 1, passed: 3 }: every number with the word after it. */
export function readCounts(text: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [, amount = "0", word = ""] of text.matchAll(/(\d+) ([a-z]+)/g)) {
    counts[word] = (counts[word] ?? 0) + Number(amount);
  }
  return counts;
}

/** The first group of every match, in order, without repeats. */
export function readNames(text: string, pattern: RegExp): string[] {
  const names = [...text.matchAll(pattern)].map((match) => (match[1] ?? "").trim());
  return [...new Set(names.filter((name) => name !== ""))];
}

/** The text from a marker on; empty without it. */
export function readFrom(text: string, marker: RegExp): string {
  const at = text.search(marker);
  return at === -1 ? "" : text.slice(at);
}
