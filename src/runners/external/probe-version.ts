import { statSync } from "node:fs";
import { homedir } from "node:os";
import { runCommand } from "../../sandbox/run-command.ts";

/** What programs say of their version, asked once for each state of a file. */
export interface VersionBook {
  /** What `program --version` says in a line; null where it says nothing in time. */
  versionOf(program: string, path: string): Promise<string | null>;
}

const withinMs = 3_000;
const longestVersion = 100;

export function createVersionBook(): VersionBook {
  const known = new Map<string, Promise<string | null>>();
  return {
    versionOf(program, path) {
      const key = `${program} ${toState(program)}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const asked = ask(program, path);
      known.set(key, asked);
      // On a busy machine it may have been too slow: then it is asked again.
      void asked.then((version) => version === null && known.delete(key));
      return asked;
    },
  };
}

function toState(program: string): string {
  try {
    const { mtimeMs, size } = statSync(program);
    return `${mtimeMs} ${size}`;
  } catch {
    return "";
  }
}

async function ask(program: string, path: string): Promise<string | null> {
  const outcome = await runCommand({
    argv: [program, "--version"],
    cwd: homedir(),
    path,
    sessionId: "",
    timeoutMs: withinMs,
    maxOutputBytes: 4_096,
    signal: AbortSignal.timeout(withinMs * 2),
  }).catch(() => null);
  if (outcome?.kind !== "exited" || outcome.exitCode !== 0) return null;
  const lines = outcome.output.text.trim().split("\n");
  // Some warn of other things first.
  const line = lines.find((one) => /\d+\.\d+/.test(one) && !/^warn/i.test(one)) ?? lines[0] ?? "";
  return line === "" ? null : line.slice(0, longestVersion);
}
