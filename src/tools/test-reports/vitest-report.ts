import { readCounts, readFrom, readNames, type ReportParser } from "./report.ts";

/** vitest's default reporter, seen on 5.1: `      Tests  1 failed | 1 passed | 1 skipped (4)`. */
export const parseVitestReport: ReportParser = (text) => {
  const sums = readNames(text, /^ *Tests {2}(.*)$/gm);
  const isVitest = sums.length > 0 || /^ *Test Files {2}/m.test(text);
  if (!isVitest) return undefined;
  const counts = readCounts([...text.matchAll(/^ *Tests {2}(.*)$/gm)].map((match) => match[1]).join(" "));
  const failing = readNames(text, /^ *FAIL {2}(.*)$/gm);
  return {
    framework: "vitest",
    passed: counts["passed"] ?? 0,
    // A file that does not load fails without a test of its own.
    failed: Math.max(counts["failed"] ?? 0, failing.length),
    skipped: (counts["skipped"] ?? 0) + (counts["todo"] ?? 0),
    failing,
    excerpt: readFrom(text, /^ *FAIL {2}/m),
  };
};
