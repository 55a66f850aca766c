const mostStatements = 50;
const longestStatement = 1_000;
const leastLetters = 12;

/** What a result says, point by point: its list items, or else its paragraphs. Headings and code are left out. */
export function toStatements(result: string): string[] {
  const prose = result.replaceAll(/```[^]*?(?:```|$)/g, "\n\n");
  const items = prose.split("\n").flatMap((line) => /^\s*(?:[-*•]|\d+[.)])\s+(.+)/.exec(line)?.[1] ?? []);
  const points = items.length > 0 ? items : prose.split(/\n\s*\n/).filter((text) => !/^\s*#/.test(text));
  return points
    .map((text) => text.replaceAll(/\s+/g, " ").trim().slice(0, longestStatement))
    .filter((text) => (text.match(/\p{L}/gu)?.length ?? 0) >= leastLetters)
    .slice(0, mostStatements);
}
