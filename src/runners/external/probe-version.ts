import { statSync } from "node:fs";
import { homedir } from "node:os";
import { runCommand } from "../../sandbox/run-command.ts";

/** What agents' programs say of their version, asked once for each state of a file and of the settings. */
export interface VersionBook {
  /** What `program --version` says in a line; null where it says nothing in time. */
  versionOf(asked: AskedProgram): Promise<string | null>;
  /** Why it does not start, by its answer to that; null where it does, or has not said so in time. */
  breakdownOf(asked: AskedProgram): Promise<string | null>;
}

export interface AskedProgram {
  /** The agent's name. */
  agent: string;
  program: string;
  path: string;
}

type Environment = Readonly<Record<string, string>>;

interface ProgramAnswer {
  version: string | null;
  breakdown: string | null;
}

const withinMs = 3_000;
const longestVersion = 100;
const longestBreakdown = 300;

/** `environmentOf`: what the settings give an agent's program, which may not start without it. */
export function createVersionBook(environmentOf: (agent: string) => Environment): VersionBook {
  const known = new Map<string, Promise<ProgramAnswer>>();
  const answerOf = (asked: AskedProgram): Promise<ProgramAnswer> => {
    const environment = environmentOf(asked.agent);
    const key = JSON.stringify([asked.program, toState(asked.program), environment]);
    const before = known.get(key);
    if (before !== undefined) return before;
    const answer = ask(asked, environment);
    known.set(key, answer);
    // On a busy machine it may have been too slow, and what it misses may come: then it is asked again.
    void answer.then(({ version }) => version === null && known.delete(key));
    return answer;
  };
  return {
    versionOf: async (asked) => (await answerOf(asked)).version,
    breakdownOf: async (asked) => (await answerOf(asked)).breakdown,
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

async function ask({ program, path }: AskedProgram, environment: Environment): Promise<ProgramAnswer> {
  const outcome = await runCommand({
    argv: [program, "--version"],
    cwd: homedir(),
    path,
    environment,
    sessionId: "",
    timeoutMs: withinMs,
    maxOutputBytes: 4_096,
    signal: AbortSignal.timeout(withinMs * 2),
  }).catch(() => null);
  if (outcome?.kind !== "exited" || outcome.exitCode === null) return { version: null, breakdown: null };
  const lines = outcome.output.text.trim().split("\n");
  if (outcome.exitCode !== 0) return { version: null, breakdown: toBreakdown(outcome.exitCode, lines) };
  // Some warn of other things first.
  const line = lines.find((one) => /\d+\.\d+/.test(one) && !/^warn/i.test(one)) ?? lines[0] ?? "";
  return { version: line === "" ? null : line.slice(0, longestVersion), breakdown: null };
}

function toBreakdown(exitCode: number, lines: readonly string[]): string {
  const said = lines.map((line) => line.trim()).filter((line) => line !== "");
  const why = said.length === 0 ? "" : `: ${said.join(" ").slice(0, longestBreakdown)}`;
  return `its --version ended with exit code ${exitCode}${why}`;
}
