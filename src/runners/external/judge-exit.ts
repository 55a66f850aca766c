import type { SessionFault } from "../../core/session.ts";
import type { RecordedEnd } from "../../sandbox/recorded/run-folder.ts";

const longestErrors = 2_000;

/** What is wrong with how a program ended; null: it left with exit code 0. */
export function judgeExit(end: RecordedEnd, errors: string): SessionFault | null {
  if (end.notStarted !== null) {
    return {
      code: "agent-not-started",
      detail: `It could not be started: ${end.notStarted}. Is it on PATH, and is the folder there?`,
    };
  }
  if (end.stopped === "abandoned") {
    return { code: "agent-abandoned", detail: "No daemon came back for it in time, so it was ended." };
  }
  if (end.exitCode === 0) return null;
  const how = end.signal === null ? `exit code ${end.exitCode}` : `signal ${end.signal}`;
  return { code: "agent-failed", detail: `It ended with ${how}${toSaid(errors)}` };
}

/** ": " and the end of what it wrote to stderr. */
export function toSaid(errors: string): string {
  const said = errors.trim();
  return said === "" ? " and said nothing about why." : `: ${said.slice(-longestErrors)}`;
}
