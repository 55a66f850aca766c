import { parseBunReport } from "./bun-report.ts";
import { parseCargoReport } from "./cargo-report.ts";
import { parseGoReport } from "./go-report.ts";
import { parseJestReport } from "./jest-report.ts";
import { parseMochaReport } from "./mocha-report.ts";
import { parseNodeReport } from "./node-report.ts";
import { parsePytestReport } from "./pytest-report.ts";
import type { ReportParser, TestReport } from "./report.ts";
import { parseTapReport } from "./tap-report.ts";
import { parseVitestReport } from "./vitest-report.ts";

const parsers: readonly ReportParser[] = [
  parseVitestReport,
  parseJestReport,
  parseMochaReport,
  parseNodeReport,
  parseBunReport,
  parsePytestReport,
  parseCargoReport,
  parseGoReport,
];

const maxLineChars = 2_000;

const colours = /\p{Cc}\[[0-9;?]*[A-Za-z]/gu;

/** What a run printed, whichever framework ran; several are summed. Undefined if none is recognised. */
export function parseTestOutput(output: string): TestReport | undefined {
  const text = toPlainLines(output);
  const found = parsers.map((parse) => parse(text)).filter((report) => report !== undefined);
  // TAP is the form of many: only where nobody says it better.
  if (found.length === 0) return parseTapReport(text);
  return found.reduce(addReports);
}

/** Without colours and with bounded lines, so that no pattern can run long. */
export function toPlainLines(output: string): string {
  const lines = output.replace(colours, "").split(/\r?\n/);
  return lines
    .map((line) => (line.length > maxLineChars && !line.startsWith("{") ? line.slice(0, maxLineChars) : line))
    .join("\n");
}

function addReports(a: TestReport, b: TestReport): TestReport {
  return {
    framework: `${a.framework}, ${b.framework}`,
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    failing: [...a.failing, ...b.failing],
    excerpt: a.excerpt === "" ? b.excerpt : a.excerpt,
  };
}
