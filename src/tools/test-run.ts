import { relative } from "node:path";
import { z } from "zod";
import type { ToolOutcome } from "../core/tool-context.ts";
import { runCommand, type CommandOutcome } from "../sandbox/run-command.ts";
import { done, failed } from "./outcome.ts";
import { planTests } from "./test-plan.ts";
import { parseTestOutput, toPlainLines } from "./test-reports/parse-test-output.ts";
import type { TestReport } from "./test-reports/report.ts";
import type { TestPlan } from "./test-project.ts";
import { defineTool, toAbsolutePath, type DecidedContext } from "./tool.ts";

const defaultTimeoutMs = 300_000;

const input = z.object({
  path: z.string().min(1).optional().describe("Project, folder or test file; default: the workspace"),
  filter: z
    .string()
    .regex(/^[^-]/, "must not start with -")
    .max(500)
    .optional()
    .describe("Only tests whose name matches"),
  timeout_ms: z.int().min(1_000).max(1_800_000).optional().describe(`Default ${defaultTimeoutMs}`),
});

type Input = z.infer<typeof input>;
type Plan = Extract<TestPlan, { kind: "planned" }>;
type Ended = Extract<CommandOutcome, { kind: "exited" }>;

const maxOutputBytes = 4 * 1024 * 1024;
const maxExcerptChars = 4_000;
const maxFailing = 50;

/** Runs a project's tests with its own runner and answers with counts, failing names and why. */
export const testRunTool = defineTool<Input>({
  name: "test_run",
  description: "Run tests (npm, pnpm, yarn, bun, pytest, go, cargo, make, found by itself).",
  input,
  effect: "effect",
  column: "testRun",
  toAction: ({ path = "." }, { cwd }) => ({ kind: "test-run", path: toAbsolutePath(path, cwd) }),
  run: runTests,
});

async function runTests(wanted: Input, context: DecidedContext): Promise<ToolOutcome> {
  const { filter = null, timeout_ms: timeoutMs = defaultTimeoutMs } = wanted;
  const plan = await planTests({ realPath: context.realPath, workspace: context.cwd, filter });
  if (plan.kind === "impossible") return failed(plan.reason);
  context.report(toShown(plan.argvs.at(-1) ?? []));
  for (const argv of plan.argvs) {
    const outcome = await startTests({ plan, argv, timeoutMs }, context);
    if (outcome.kind !== "not-started") return describeRun({ plan, argv, timeoutMs }, { outcome, context });
  }
  const programs = plan.argvs.map(([program]) => program).filter((program) => !program.startsWith("/"));
  return failed(
    `${plan.folder} is tested with ${plan.runner}, but ${programs.join(" and ")} can not be found on PATH. ` +
      "Nothing was run. Say so to whoever asked, or work without running tests.",
  );
}

interface Run {
  plan: Plan;
  argv: readonly [string, ...string[]];
  timeoutMs: number;
}

async function startTests({ plan, argv, timeoutMs }: Run, context: DecidedContext): Promise<CommandOutcome> {
  return runCommand({
    argv,
    cwd: plan.folder,
    path: context.path,
    sessionId: context.sessionId,
    traceParent: context.traceParent,
    timeoutMs,
    maxOutputBytes,
    signal: context.signal,
    environment: { ...plan.environment, ...(await context.identify()) },
  });
}

function describeRun(
  { plan, argv, timeoutMs }: Run,
  {
    outcome,
    context,
  }: { outcome: Exclude<CommandOutcome, { kind: "not-started" }>; context: DecidedContext },
): ToolOutcome {
  const folder = relative(context.cwd, plan.folder);
  const head = [`${plan.runner}: ${toShown(argv)}, in ${folder === "" ? "." : folder}`, ...plan.notes];
  const report = parseTestOutput(outcome.output.text);
  const tail = toPlainLines(outcome.output.text).trim().slice(-maxExcerptChars);
  if (outcome.kind === "timed-out") {
    return failed([...head, `stopped after ${timeoutMs} ms: the tests did not end`, tail].join("\n"));
  }
  if (report === undefined) return describeUnread(outcome, { head, tail });
  return describeReport(report, { head, outcome, tail });
}

/** A run whose output says nothing we know: the exit code is all there is, and it is said so. */
function describeUnread(outcome: Ended, { head, tail }: { head: string[]; tail: string }): ToolOutcome {
  const isGood = outcome.exitCode === 0;
  const verdict = `${isGood ? "passed" : "failed"} (${describeExit(outcome)}); could not read the counts from its output`;
  const text = [...head, verdict, tail === "" ? "(no output)" : `The end of its output:\n${tail}`].join("\n");
  return isGood ? done(text) : failed(text);
}

function describeReport(
  report: TestReport,
  { head, outcome, tail }: { head: string[]; outcome: Ended; tail: string },
): ToolOutcome {
  const { passed, failed: failures, skipped, failing } = report;
  const isGood = outcome.exitCode === 0 && failures === 0;
  const verdict = isGood ? (passed === 0 ? "no test ran" : "passed") : "failed";
  const lines = [
    ...head,
    `${verdict} (${report.framework}, ${describeExit(outcome)}): ${passed} passed, ${failures} failed, ${skipped} skipped`,
  ];
  if (failing.length > 0) lines.push("Failing:", ...failing.slice(0, maxFailing).map((name) => `- ${name}`));
  if (failing.length > maxFailing) lines.push(`- and ${failing.length - maxFailing} more`);
  const excerpt = report.excerpt.trim().slice(0, maxExcerptChars);
  if (!isGood) lines.push("", excerpt === "" ? tail : excerpt);
  return done(lines.join("\n"));
}

function describeExit({ exitCode, signal }: Ended): string {
  return signal === null ? `exit code ${exitCode}` : `ended by ${signal}`;
}

function toShown(argv: readonly string[]): string {
  return argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(" ");
}
