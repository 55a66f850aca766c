import { ProfclawError } from "../../core/errors.ts";

const mostSessions = 1_000;

/**
 * The tasks of a spawn, one per session: one task and a count are that many copies; as many tasks as
 * the count, or no count, are one each. Throws invalid-request with the fix for anything else.
 */
export function applyCount(tasks: readonly string[], count: string | undefined): string[] {
  if (tasks.length === 0) {
    throw usage("There is no task.", 'Say what to do: --task "Review src/auth"');
  }
  const sessions = count === undefined ? tasks.length : parseCount(count);
  if (sessions > mostSessions) {
    throw usage(`${sessions} sessions are more than one spawn takes.`, `At most ${mostSessions}.`);
  }
  if (tasks.length === sessions) return [...tasks];
  const [only] = tasks;
  if (tasks.length === 1 && only !== undefined) return Array.from({ length: sessions }, () => only);
  throw usage(
    `--count is ${sessions}, but there are ${tasks.length} tasks.`,
    `Leave --count out or say --count ${tasks.length} for one session each; or give one --task for ${sessions} copies of it.`,
  );
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usage(`--count is "${text}"; it must be a whole number from 1.`, "For example: --count 3");
}

function usage(detail: string, hint: string): ProfclawError {
  return new ProfclawError("invalid-request", detail, { hint });
}
