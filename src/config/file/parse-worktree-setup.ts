import { parseSettings } from "./parse-settings.ts";
import { worktreeSchema } from "./project-schema.ts";

/** Commands for sh that make a new worktree ready. */
export interface WorktreeSetup {
  script: string;
  timeoutMs: number;
}

const usualTimeoutMs = 10 * 60_000;

/** The `worktree:` part of a project's file; null: it has none. Throws config-invalid with file, line and column. */
export function parseWorktreeSetup(text: string, file: string): WorktreeSetup | null {
  const { values } = parseSettings(text, { file, schema: worktreeSchema });
  const { setup, setup_timeout: timeoutMs } = values.worktree ?? {};
  return setup === undefined ? null : { script: setup, timeoutMs: timeoutMs ?? usualTimeoutMs };
}
