import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Arena } from "../arena/arena.ts";
import { type SeenProcess, findProcesses, isAlive } from "../arena/processes.ts";

/** An agent that runs, as its folder in the state folder names it. */
export interface RunningAgent {
  session: string;
  recorder: Pick<SeenProcess, "pid" | "startTime">;
  /** Null while its recorder starts it. */
  program: Pick<SeenProcess, "pid" | "startTime"> | null;
}

/** Those whose recorder or program lives; some share both. */
export function listRunning({ home }: Arena): RunningAgent[] {
  const sessions = list(join(home, "agents"));
  return sessions.flatMap((session) => {
    const runs = list(join(home, "agents", session)).filter((name) => /^\d+$/.test(name));
    return runs.flatMap((run) => readRun(session, join(home, "agents", session, run)));
  });
}

function readRun(session: string, folder: string): RunningAgent[] {
  if (existsSync(join(folder, "end.json"))) return [];
  try {
    const { recorder, program } = JSON.parse(
      readFileSync(join(folder, "start.json"), "utf8"),
    ) as RunningAgent;
    const lives = isAlive(recorder) || (program !== null && isAlive(program));
    return lives ? [{ session, recorder, program }] : [];
  } catch {
    return [];
  }
}

/** Processes of a session by what they were started with: its agent, where that is its own, and all its commands. */
export function listProcessesOf({ session }: RunningAgent): SeenProcess[] {
  return findProcesses(`PROFCLAW_SESSION_ID=${session}`);
}

/** Processes of an arena's agents, their recorders too. */
export function listLeft(arena: Arena, buildFolder: string): SeenProcess[] {
  const recorders = findProcesses(buildFolder).filter(({ command }) => command.includes("profclaw-recorder"));
  return [...findProcesses(arena.root), ...recorders];
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
