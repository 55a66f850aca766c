import { spawn } from "node:child_process";
import type { Env } from "../../config/environment.ts";
import { findProgram } from "../../sandbox/find-program.ts";

const mostBytes = 4_096;

/** The file that a name typed in this shell starts; undefined if there is none. */
export function findOnPath(name: string, env: Env): string | undefined {
  return findProgram(name, env["PATH"] ?? "");
}

/** How long a program may take to say its version, and whether the person still wants to know. */
export interface Patience {
  withinMs: number;
  signal: AbortSignal;
}

/** What a program gets to see that is only looked at: no key is in it. */
export function toBareEnv(env: Env): Env {
  return { PATH: env["PATH"], HOME: env["HOME"] };
}

/** `silent`: it said nothing in time. `broken`: it left with another exit code than 0. */
type VersionAnswer =
  | { kind: "told"; version: string }
  | { kind: "silent" }
  | { kind: "broken"; exitCode: number };

/** The first line that `path --version` prints, with no more than these variables. */
export function readVersion(path: string, env: Env, { withinMs, signal }: Patience): Promise<VersionAnswer> {
  return new Promise((resolve) => {
    const child = spawn(path, ["--version"], {
      // A program may start others that outlive it: all are ended by their group.
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
      env,
    });
    let text = "";
    const finish = (exitCode: number | null): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
      endGroup(child.pid);
      child.stdout.destroy();
      const [line = ""] = text.trim().split("\n");
      if (exitCode !== null && exitCode !== 0) resolve({ kind: "broken", exitCode });
      else resolve(line === "" ? { kind: "silent" } : { kind: "told", version: line.slice(0, 100) });
    };
    const giveUp = (): void => {
      text = "";
      finish(null);
    };
    const timer = setTimeout(giveUp, withinMs);
    signal.addEventListener("abort", giveUp, { once: true });
    child.stdout.setEncoding("utf8").on("data", (piece: string) => {
      text = (text + piece).slice(0, mostBytes);
    });
    child.once("error", giveUp);
    // Its end may be seen before what it said, which the next pass of the event loop reads.
    child.once("exit", (code) => setImmediate(() => setImmediate(finish, code)));
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // All of it has ended.
  }
}
