import { errorCatalog, isErrorCode, ProfclawError } from "../core/errors.ts";
import { toProblemJson } from "../client/problem.ts";
import type { CliContext } from "./context.ts";
import { toJsonText, toPlainText } from "./plain-text.ts";

/** Tells what went wrong and what to do, as text or as problem JSON, on stderr. Returns the exit code. */
export function reportFailure(error: unknown, context: CliContext, asJson: boolean): number {
  const failure = toProfclawError(error, context);
  if (asJson) context.terminal.say(toJsonText(toProblemJson(failure)));
  else for (const line of renderFailure(failure)) context.terminal.say(line);
  return errorCatalog[failure.code].exitCode;
}

/** `profclaw: what is wrong (at /which)`, then what to do. */
export function renderFailure(failure: ProfclawError): string[] {
  const detail = toPlainText(failure.message);
  const isPointed = failure.pointer !== undefined && !detail.includes(failure.pointer);
  const place = isPointed ? ` (at ${toPlainText(failure.pointer ?? "")})` : "";
  const hints = !failure.hint ? [] : toPlainText(failure.hint).split("\n");
  return [`profclaw: ${detail}${place}`, ...hints.map((line) => `  ${line}`)];
}

/** By its name: `serve` runs the daemon from files of its own, which have a class of their own (decision 0010). */
function isRefusal(error: unknown): error is ProfclawError {
  if (!(error instanceof Error) || error.name !== "ProfclawError") return false;
  return "code" in error && typeof error.code === "string" && isErrorCode(error.code);
}

/** Anything else than a refusal is a bug of ours, and says so. */
function toProfclawError(error: unknown, context: CliContext): ProfclawError {
  if (isRefusal(error)) return error;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new ProfclawError("internal", `Something is wrong inside profclaw ${context.version}: ${detail}`, {
    hint: `The daemon's log: ${context.paths.daemonLog}`,
  });
}
