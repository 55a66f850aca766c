import { runCommand } from "../sandbox/run-command.ts";
import type { GateCommand, GateOutcome } from "./flow-ports.ts";

const maxOutputBytes = 64 * 1024;
const mostReported = 6_000;

/** Runs a gate's command in the flow's folder: passed is exit code 0. `defaultPath`: PATH where the flow has none. */
export async function runGate(gate: GateCommand, defaultPath: string): Promise<GateOutcome> {
  const { flow, sessionId, command, timeoutMs, signal } = gate;
  const outcome = await runCommand({
    argv: ["/bin/bash", "--noprofile", "--norc", "-c", command],
    cwd: flow.cwd,
    path: flow.path ?? defaultPath,
    sessionId,
    timeoutMs,
    maxOutputBytes,
    signal,
  });
  if (outcome.kind === "not-started") return { passed: false, report: outcome.reason };
  const text = outcome.output.text.slice(-mostReported).trim();
  if (outcome.kind === "timed-out")
    return { passed: false, report: `${command}: stopped after ${timeoutMs} ms.\n${text}` };
  const end =
    outcome.exitCode === null ? `ended by ${outcome.signal ?? "a signal"}` : `exit code ${outcome.exitCode}`;
  return { passed: outcome.exitCode === 0, report: `${command}: ${end}\n${text}`.trim() };
}
