import { expect, test } from "vitest";
import { mergeReports, readReport, skippedReport, sumUp } from "../../agents/reports.ts";
import { readArguments } from "../../agents/run-arguments.ts";

const known = ["claude"] as const;
const green = {
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 0,
  testResults: [{ name: "a.test.ts", status: "passed", assertionResults: [{}] }],
};
const unloaded = { name: "b.test.ts", status: "failed", assertionResults: [] };

test("agents are named once each, the report is ours to write, the rest is vitest's", () => {
  const words = [
    "--agent",
    "claude",
    "--agent=claude",
    "-t",
    "kill",
    "--reporter=json",
    "--outputFile.json=r",
  ];
  expect(readArguments(words, known)).toEqual({
    kind: "run",
    agents: ["claude"],
    reportFile: "r",
    forVitest: ["-t", "kill"],
  });
  expect(readArguments([], known)).toMatchObject({ agents: ["claude"], reportFile: null });
  expect(readArguments(["--agent", "clod"], known)).toEqual({ kind: "unknown", name: "clod" });
  expect(readArguments(["--agent"], known)).toEqual({ kind: "unknown", name: "" });
});

test("the sum names who is skipped and why, and what is red", () => {
  const reports = [
    readReport({ title: "one 1.0", text: JSON.stringify(green), exitCode: 0 }),
    skippedReport("second 2.0", "could not be fetched: no network"),
  ];
  expect(sumUp(reports).split("\n")).toEqual([
    "one 1.0     3 passed, 0 failed, 1 skipped",
    "second 2.0  skipped: could not be fetched: no network",
    "real agents: 3 passed, 0 failed, 2 skipped – all well",
  ]);
  expect(mergeReports(reports)).toEqual({ ...green, numPendingTests: 2 });
});

test.each([
  {
    what: "a file that cannot be loaded",
    text: JSON.stringify({ ...green, testResults: [unloaded] }),
    exitCode: 1,
    says: "3 passed, 1 failed",
  },
  {
    what: "a run that was red without a red test",
    text: JSON.stringify(green),
    exitCode: 1,
    says: "its run was red",
  },
  {
    what: "a run that was killed",
    text: null,
    exitCode: 137,
    says: "did not run to their end (exit code 137)",
  },
])("$what is red", ({ text, exitCode, says }) => {
  const report = readReport({ title: "one 1.0", text, exitCode });
  expect(report.isRed).toBe(true);
  expect(sumUp([report])).toContain(says);
  expect(sumUp([report])).toContain("red: one 1.0");
  // Its reader counts such files itself.
  expect(mergeReports([report]).numFailedTests).toBe(0);
});
