import { readCounts, readFrom, readNames, type ReportParser } from "./report.ts";

/** jest's default reporter, seen on 30: `Tests:       1 failed, 1 skipped, 1 passed, 3 total`. */
export const parseJestReport: ReportParser = (text) => {
  const sums = [...text.matchAll(/^Tests: +(.*)$/gm)].map((match) => match[1] ?? "");
  if (sums.length === 0) return undefined;
  const counts = readCounts(sums.join(" "));
  const failing = readNames(text, /^ +● (?!Console)(.*)$/gm);
  return {
    framework: "jest",
    passed: counts["passed"] ?? 0,
    failed: Math.max(counts["failed"] ?? 0, failing.length),
    skipped: (counts["skipped"] ?? 0) + (counts["todo"] ?? 0),
    failing,
    excerpt: readFrom(text, /^ +● (?!Console)/m),
  };
};
