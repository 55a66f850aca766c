import type { Env } from "../config/environment.ts";
import type { StatePaths } from "../config/paths.ts";
import type { Clock } from "../core/clock.ts";
import type { Terminal } from "./terminal.ts";

/** All that a command may know of the world around it. */
export interface CliContext {
  env: Env;
  /** The folder in which the command was typed. */
  cwd: string;
  paths: StatePaths;
  version: string;
  terminal: Terminal;
  clock: Clock;
  /**
   * Runs `act` at the first Ctrl-C instead of ending the process; the second one ends it. Returns what
   * gives Ctrl-C its usual meaning back.
   */
  onInterrupt(act: () => void): Disposable;
}

/** The exit code of what Ctrl-C ended. */
export const interruptedExitCode = 130;
export const timeoutExitCode = 124;
export const budgetExitCode = 7;
export const needsInputExitCode = 8;
