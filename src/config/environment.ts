import { homedir } from "node:os";

export type Env = Readonly<Record<string, string | undefined>>;

/** The process's environment. Everything else takes an `Env`, so that tests can pass their own. */
export function readEnv(): Env {
  return process.env;
}

/** The user's home folder, from the given environment where it says one. */
export function toHome(env: Env): string {
  return env["HOME"] || homedir();
}
