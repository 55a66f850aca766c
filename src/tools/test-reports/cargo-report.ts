import { readFrom, readNames, type ReportParser } from "./report.ts";

/** cargo test, one result line per test binary: `test result: FAILED. 1 passed; 1 failed; 1 ignored; …`. */
export const parseCargoReport: ReportParser = (text) => {
  const results = [...text.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/gm)];
  if (results.length === 0) return undefined;
  const sum = (group: number) => results.reduce((total, match) => total + Number(match[group]), 0);
  return {
    framework: "cargo",
    passed: sum(1),
    failed: sum(2),
    skipped: sum(3),
    failing: readNames(text, /^test (.*) \.\.\. FAILED$/gm),
    excerpt: readFrom(text, /^failures:$/m),
  };
};
