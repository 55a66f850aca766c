/** How the tests of one agent went. */
export interface AgentReport {
  /** "claude 2.1.330". */
  title: string;
  passed: number;
  failed: number;
  skipped: number;
  /** Why none of its tests ran; null: they did. */
  reason: string | null;
  /** Also true where no test is red, but their run was. */
  isRed: boolean;
  /** As vitest reports its files. */
  files: FileReport[];
}

interface FileReport {
  name: string;
  status: string;
  assertionResults: unknown[];
}

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: FileReport[];
}

interface Finished {
  title: string;
  /** Vitest's JSON; null: it did not get so far. */
  text: string | null;
  exitCode: number;
}

export function readReport({ title, text, exitCode }: Finished): AgentReport {
  if (text === null) {
    const reason = `its tests did not run to their end (exit code ${exitCode})`;
    return { title, passed: 0, failed: 0, skipped: 0, reason, isRed: true, files: [] };
  }
  const report = JSON.parse(text) as VitestReport;
  const files = report.testResults;
  const failed = report.numFailedTests + countUnloaded(files);
  return {
    title,
    passed: report.numPassedTests,
    failed,
    skipped: report.numPendingTests + report.numTodoTests,
    reason: null,
    isRed: exitCode !== 0 || failed > 0,
    files,
  };
}

/** A file that cannot even be loaded has no tests to fail. */
function countUnloaded(files: readonly FileReport[]): number {
  return files.filter(({ status, assertionResults }) => status === "failed" && assertionResults.length === 0)
    .length;
}

/** Of an agent that cannot be had: not a failure, and not nothing either. */
export function skippedReport(title: string, reason: string): AgentReport {
  return { title, passed: 0, failed: 0, skipped: 1, reason, isRed: false, files: [] };
}

/** One report of all, in the fields of vitest's own that a sum is made of. */
export function mergeReports(reports: readonly AgentReport[]): VitestReport {
  const sum = (of: (report: AgentReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  return {
    numPassedTests: sum(({ passed }) => passed),
    // Who reads it counts the files that cannot be loaded by itself.
    numFailedTests: sum(({ failed, files }) => failed - countUnloaded(files)),
    numPendingTests: sum(({ skipped }) => skipped),
    numTodoTests: 0,
    testResults: reports.flatMap(({ files }) => files),
  };
}

/** A line for each agent and one for all. */
export function sumUp(reports: readonly AgentReport[]): string {
  const width = Math.max(...reports.map(({ title }) => title.length));
  const lines = reports.map((report) => `${report.title.padEnd(width)}  ${toText(report)}`);
  const all = mergeReports(reports);
  const red = reports.filter(({ isRed }) => isRed).map(({ title }) => title);
  const end = red.length === 0 ? "all well" : `red: ${red.join(", ")}`;
  const total = { passed: all.numPassedTests, failed: reports.reduce((sum, { failed }) => sum + failed, 0) };
  return [...lines, `real agents: ${toCounts({ ...total, skipped: all.numPendingTests })} – ${end}`].join(
    "\n",
  );
}

function toText(report: AgentReport): string {
  if (report.reason === null)
    return `${toCounts(report)}${report.isRed && report.failed === 0 ? " – its run was red" : ""}`;
  return report.isRed ? report.reason : `skipped: ${report.reason}`;
}

function toCounts({ passed, failed, skipped }: Pick<AgentReport, "passed" | "failed" | "skipped">): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}
