import { ProfclawError } from "../core/errors.ts";
import { toDurationText } from "../core/duration.ts";
import type { SetupStep } from "../core/journal.ts";
import { toOneLine } from "../core/plain-text.ts";
import type { SessionRecord } from "../core/session.ts";
import type { Worktree } from "../core/worktree.ts";
import { redactSecrets } from "../providers/redact.ts";
import { runCommand } from "../sandbox/run-command.ts";
import type { FoundSetup } from "./find-setup.ts";

type SetupEnd = Extract<SetupStep, { kind: "end" }>;

export interface SetupRun {
  session: SessionRecord;
  worktree: Worktree;
  setup: Extract<FoundSetup, { kind: "script" }>;
  /** PATH. */
  path: string;
  signal: AbortSignal;
}

const mostOutputBytes = 16_384;
const mostToldCharacters = 600;

/**
 * Runs the script at the top of the new worktree, with the environment of a command: no keys, PROFCLAW_ORIGIN is the
 * folder it was made from. The first command that fails ends it. Rejects with the signal's reason.
 */
export async function runSetup({ session, worktree, setup, path, signal }: SetupRun): Promise<SetupEnd> {
  const outcome = await runCommand({
    argv: ["sh", "-e", "-c", setup.script],
    cwd: worktree.folder,
    path,
    sessionId: session.id,
    timeoutMs: setup.timeoutMs,
    maxOutputBytes: mostOutputBytes,
    signal,
    environment: { PROFCLAW_ORIGIN: worktree.origin, PROFCLAW_WORKTREE: worktree.folder },
  });
  if (outcome.kind === "not-started") {
    return { kind: "end", outcome: "failed", exitCode: null, output: outcome.reason, durationMs: 0 };
  }
  const output = redactSecrets(outcome.output.text);
  const { durationMs } = outcome;
  if (outcome.kind === "timed-out") {
    return { kind: "end", outcome: "timed-out", exitCode: null, output, durationMs };
  }
  const { exitCode } = outcome;
  return { kind: "end", outcome: exitCode === 0 ? "done" : "failed", exitCode, output, durationMs };
}

/** Throws worktree-setup-failed with the end of what it printed, unless it is done. */
export function requireDone(end: SetupEnd, { file, timeoutMs }: SetupRun["setup"]): void {
  if (end.outcome === "done") return;
  const how =
    end.outcome === "timed-out"
      ? `took longer than ${toDurationText(timeoutMs)} (worktree.setup_timeout)`
      : end.exitCode === null
        ? "was ended, or could not start"
        : `ended with exit code ${end.exitCode}`;
  const last = toOneLine(end.output.trimEnd().slice(-mostToldCharacters));
  const said = last === "" ? "It printed nothing." : `The end of what it printed: ${last}`;
  const detail = `The setup script of ${file} (worktree.setup) ${how}. No model was called. ${said}`;
  throw new ProfclawError("worktree-setup-failed", detail, {
    hint: "Mend it, then: profclaw agent retry <id>",
  });
}
