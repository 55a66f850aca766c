import { isatty } from "node:tty";
import { readEnv } from "../config/environment.ts";
import { resolvePaths } from "../config/paths.ts";
import { version } from "../config/version.ts";
import { systemClock } from "../core/clock.ts";
import { ProfclawError } from "../core/errors.ts";
import type { CliContext } from "./context.ts";
import { type TerminalStreams, createTerminal } from "./terminal.ts";

/** The real world: this process's environment, folder, streams and signals. */
export function createContext(): CliContext {
  const env = readEnv();
  return {
    env,
    get cwd() {
      return findCwd();
    },
    paths: resolvePaths(env),
    version,
    terminal: createTerminal(toStreams(), env),
    clock: systemClock,
    onInterrupt,
  };
}

/** `process.stdin` itself is opened by those who read it: to ask it whether it is a terminal takes 3 ms. */
function toStreams(): TerminalStreams {
  return { stdin: { isTTY: isatty(0) }, stdout: process.stdout, stderr: process.stderr };
}

function onInterrupt(act: () => void): Disposable {
  let isFirst = true;
  const listener = () => {
    if (isFirst) act();
    else endBySignal(listener);
    isFirst = false;
  };
  // Not `once`: what restores the cursor would see itself alone at the first Ctrl-C, and end us.
  process.on("SIGINT", listener);
  return { [Symbol.dispose]: () => process.off("SIGINT", listener) };
}

/** The usual end, with the cursor restored on the way. */
function endBySignal(listener: () => void): void {
  process.off("SIGINT", listener);
  process.kill(process.pid, "SIGINT");
}

/** Asked for only when it is needed: many commands work from a folder that has been removed. */
function findCwd(): string {
  try {
    return process.cwd();
  } catch {
    throw new ProfclawError("cwd-not-found", "The folder you stand in does not exist any more.", {
      hint: "cd to one that does.",
    });
  }
}
