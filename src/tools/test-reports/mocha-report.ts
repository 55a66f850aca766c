import { readFrom, type ReportParser } from "./report.ts";

/** mocha's spec reporter, seen on 11: `  1 passing (2ms)`, then `  1) suite`, deeper lines, the last with a colon. */
export const parseMochaReport: ReportParser = (text) => {
  const passed = readCount(text, /^ +(\d+) passing \(/gm);
  if (passed === undefined) return undefined;
  const excerpt = readFrom(text, /^ +\d+ failing$/m);
  return {
    framework: "mocha",
    passed,
    failed: readCount(text, /^ +(\d+) failing$/gm) ?? 0,
    skipped: readCount(text, /^ +(\d+) pending$/gm) ?? 0,
    failing: readFailing(excerpt),
    excerpt,
  };
};

function readCount(text: string, pattern: RegExp): number | undefined {
  const found = [...text.matchAll(pattern)];
  return found.length === 0 ? undefined : found.reduce((sum, match) => sum + Number(match[1]), 0);
}

function readFailing(text: string): string[] {
  const names: string[] = [];
  let parts: string[] | undefined;
  for (const line of text.split("\n")) {
    const start = /^ {2}\d+\) (.*)$/.exec(line);
    if (start !== null) parts = [start[1] ?? ""];
    else if (parts !== undefined) parts.push(line.trim());
    if (parts?.at(-1)?.endsWith(":") !== true) continue;
    names.push(parts.join(" > ").slice(0, -1));
    parts = undefined;
  }
  return names;
}
