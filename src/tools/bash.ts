import { z } from "zod";
import type { ToolOutcome } from "../core/tool-context.ts";
import { toGuardedGitEnvironment } from "../sandbox/command-environment.ts";
import { toTrustedPath } from "../sandbox/command-path.ts";
import { runCommand, type CommandOutcome } from "../sandbox/run-command.ts";
import { keepLongText } from "./keep-long-text.ts";
import { failed } from "./outcome.ts";
import { defineTool, type DecidedContext } from "./tool.ts";

const defaultTimeoutMs = 120_000;

const input = z.object({
  command: z.string().min(1).max(100_000).describe("Shell command, run in the workspace"),
  timeout_ms: z.int().min(100).max(600_000).optional().describe(`Default ${defaultTimeoutMs}`),
});

type Input = z.infer<typeof input>;

const maxOutputBytes = 1024 * 1024;

/** Runs a shell command; what it leaves in the background is ended with it. */
export const bashTool = defineTool<Input>({
  name: "bash",
  description: "Run a shell command in the workspace. No input; nothing keeps running after it.",
  input,
  effect: "effect",
  column: "bash",
  toAction: ({ command }) => ({ kind: "bash", command }),
  run: runShell,
});

async function runShell(
  { command, timeout_ms = defaultTimeoutMs }: Input,
  context: DecidedContext,
): Promise<ToolOutcome> {
  if (command.includes("\0")) return failed("A command can not hold a NUL character.");
  context.report(command.slice(0, 80));
  const isFree = context.grants.bash === "yes";
  const outcome = await runCommand({
    argv: ["/bin/bash", "--noprofile", "--norc", "-c", command],
    cwd: context.cwd,
    // What is allowed by its name must be the program of that name.
    path: isFree ? context.path : toTrustedPath(context.path, context.cwd),
    environment: { ...(isFree ? {} : toGuardedGitEnvironment()), ...(await context.identify()) },
    sessionId: context.sessionId,
    traceParent: context.traceParent,
    timeoutMs: timeout_ms,
    maxOutputBytes,
    signal: context.signal,
  });
  return describeOutcome(outcome, { timeoutMs: timeout_ms, context });
}

async function describeOutcome(
  outcome: CommandOutcome,
  { timeoutMs, context }: { timeoutMs: number; context: DecidedContext },
): Promise<ToolOutcome> {
  if (outcome.kind === "not-started") return failed(outcome.reason);
  const text = await keepLongText({ name: "bash output", text: outcome.output.text }, context);
  if (outcome.kind === "timed-out") {
    const advice = `(stopped after ${timeoutMs} ms, with everything it started. Give a longer timeout_ms, or do less)`;
    return failed([text, advice].filter((part) => part !== "").join("\n"));
  }
  const { exitCode, signal } = outcome;
  const end = signal === null ? `exit code ${exitCode}` : `ended by ${signal}`;
  const isError = exitCode !== 0;
  const shown = isError ? [text, `(${end})`] : [text === "" ? "(no output)" : text];
  return { kind: "result", text: shown.filter((part) => part !== "").join("\n"), isError };
}
