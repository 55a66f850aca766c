import type { SessionFault } from "../../core/session.ts";
import type { RecordedEnd } from "../../sandbox/recorded/run-folder.ts";

const longestErrors = 2_000;

/** How a program ended that we have ended, or of which nobody can tell. */
export const unknownEnd: RecordedEnd = {
  exitCode: null,
  signal: null,
  notStarted: null,
  stopped: "asked",
  cutBytes: 0,
  endedAt: 0,
};

/** What is wrong with how a program ended; null: it left with exit code 0. */
export function judgeExit(end: RecordedEnd, errors: string): SessionFault | null {
  if (end.notStarted !== null) {
    return {
      code: "agent-not-started",
      detail: `It could not be started: ${end.notStarted}. ${toRemedy(end.notStarted)}`,
    };
  }
  if (end.stopped === "abandoned") {
    return { code: "agent-abandoned", detail: "No daemon came back for it in time, so it was ended." };
  }
  if (end.exitCode === 0) return null;
  const how = end.signal === null ? `exit code ${end.exitCode}` : `signal ${end.signal}`;
  return { code: "agent-failed", detail: `It ended with ${how}${toSaid(errors)}` };
}

/** What to look at, by the system's name of what was wrong. */
const remedies: Readonly<Record<string, string>> = {
  ENOENT: "Is it on PATH, and is the folder there?",
  EACCES: "Is it a program that you may run (chmod +x)?",
  ETXTBSY: "It is just being replaced; when that is done: profclaw agent retry",
  E2BIG: "Its arguments and variables are too large: have it take the task on its stdin.",
};

function toRemedy(notStarted: string): string {
  return remedies[/\bE[A-Z0-9]+$/.exec(notStarted)?.[0] ?? ""] ?? "Mend that, then: profclaw agent retry";
}

/** What is wrong with how a program left that had told its answer; null: nothing, or it was not it that ended. */
export function judgeLateExit(end: RecordedEnd, errors: string): SessionFault | null {
  const fault = end.stopped === null ? judgeExit(end, errors) : null;
  return fault === null ? null : { ...fault, detail: `It told its answer, and then: ${fault.detail}` };
}

/** ": " and the end of what it wrote to stderr. */
export function toSaid(errors: string): string {
  const said = errors.trim();
  return said === "" ? " and said nothing about why." : `: ${said.slice(-longestErrors)}`;
}
