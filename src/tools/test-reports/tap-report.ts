import { readFrom, readNames, type ReportParser } from "./report.ts";

/** Any TAP producer: top-level `ok` and `not ok` lines are counted. */
export const parseTapReport: ReportParser = (text) => {
  const lines = text.split("\n").filter((line) => /^(?:not )?ok\b/.test(line));
  if (lines.length === 0 || !/^(?:TAP version|\d+\.\.\d+)/m.test(text)) return undefined;
  const failures = lines.filter((line) => line.startsWith("not ok") && !isSkipped(line));
  const skipped = lines.filter(isSkipped).length;
  return {
    framework: "TAP",
    passed: lines.length - failures.length - skipped,
    failed: failures.length,
    skipped,
    failing: readNames(failures.join("\n"), /^not ok \d*(?: -)? ?(.*)$/gm),
    excerpt: readFrom(text, /^not ok/m),
  };
};

function isSkipped(line: string): boolean {
  return /# (?:skip|todo)/i.test(line);
}
