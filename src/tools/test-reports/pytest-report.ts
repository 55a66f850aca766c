import { readCounts, readFrom, readNames, type ReportParser } from "./report.ts";

/** pytest's last line, quiet or not: `2 failed, 2 passed, 1 skipped in 1.19s`. */
export const parsePytestReport: ReportParser = (text) => {
  const sums = readNames(text, /^=* ?(\d+ [a-z]+(?:, \d+ [a-z]+)*) in [\d.]+s/gm);
  if (sums.length === 0) return /^=* ?no tests ran in /m.test(text) ? nothingRan : undefined;
  const counts = readCounts(sums.join(" "));
  return {
    framework: "pytest",
    passed: (counts["passed"] ?? 0) + (counts["xpassed"] ?? 0),
    failed: (counts["failed"] ?? 0) + (counts["error"] ?? 0) + (counts["errors"] ?? 0),
    skipped: (counts["skipped"] ?? 0) + (counts["xfailed"] ?? 0),
    failing: readNames(text, /^(?:FAILED|ERROR) (.*?)(?: - .*)?$/gm),
    excerpt: readFrom(text, /^=+ (?:FAILURES|ERRORS) =+$/m),
  };
};

const nothingRan = { framework: "pytest", passed: 0, failed: 0, skipped: 0, failing: [], excerpt: "" };
