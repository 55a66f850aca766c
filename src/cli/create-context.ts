import { readEnv } from "../config/environment.ts";
import { resolvePaths } from "../config/paths.ts";
import { version } from "../config/version.ts";
import { systemClock } from "../core/clock.ts";
import type { CliContext } from "./context.ts";
import { createTerminal } from "./terminal.ts";

/** The real world: this process's environment, folder, streams and signals. */
export function createContext(): CliContext {
  const env = readEnv();
  return {
    env,
    cwd: process.cwd(),
    paths: resolvePaths(env),
    version,
    terminal: createTerminal(process, env),
    clock: systemClock,
    onInterrupt(act) {
      // Once: the second Ctrl-C finds no listener and ends the process as usual.
      process.once("SIGINT", act);
      return { [Symbol.dispose]: () => process.off("SIGINT", act) };
    },
  };
}
