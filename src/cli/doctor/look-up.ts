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

/** The first line that `path --version` prints; undefined if none comes in time. No key reaches the program. */
export function readVersion(
  path: string,
  env: Env,
  { withinMs, signal }: Patience,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(path, ["--version"], {
      // A program may start others that outlive it: all are ended by their group.
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
      env: { PATH: env["PATH"], HOME: env["HOME"] },
    });
    let text = "";
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
      endGroup(child.pid);
      child.stdout.destroy();
      const [line = ""] = text.trim().split("\n");
      resolve(line === "" ? undefined : line.slice(0, 100));
    };
    const giveUp = (): void => {
      text = "";
      finish();
    };
    const timer = setTimeout(giveUp, withinMs);
    signal.addEventListener("abort", giveUp, { once: true });
    child.stdout.setEncoding("utf8").on("data", (piece: string) => {
      text = (text + piece).slice(0, mostBytes);
    });
    child.once("error", finish);
    child.once("exit", () => setImmediate(finish));
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
