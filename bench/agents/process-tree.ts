import { readFileSync } from "node:fs";
import { findProcesses } from "../../test/support/e2e/processes.ts";

/** What a process of a stage is. */
export type ProcessKind = "daemon" | "recorder" | "agent" | "other";

export interface TreeProcess {
  pid: number;
  kind: ProcessKind;
  command: string;
  /** Its own memory and its share of what it shares with others, MB. */
  pssMb: number;
}

/** All processes that a daemon has started or runs in. `home`: the stage's; `program`: the agent's, by its path. */
export function readTree(home: string, program: string): TreeProcess[] {
  const found = findProcesses(home).map(({ pid, command }) => ({
    pid,
    command,
    kind: toKind(command, program),
  }));
  const daemons = new Set(found.filter(({ kind }) => kind === "daemon").map(({ pid }) => pid));
  // A recorder has no environment and no folder: it is known by what it records, or by who keeps it ready.
  const parents = new Set(found.map(({ pid }) => readParent(pid)));
  const recorders = findProcesses("profclaw-recorder")
    .filter(({ pid }) => parents.has(pid) || daemons.has(readParent(pid)))
    .map(({ pid, command }) => ({ pid, command, kind: "recorder" as const }));
  return [...found, ...recorders].map((one) => ({ ...one, pssMb: readPssMb(one.pid) }));
}

export function sumMb(tree: readonly TreeProcess[], ...kinds: ProcessKind[]): number {
  return tree.filter(({ kind }) => kinds.includes(kind)).reduce((sum, { pssMb }) => sum + pssMb, 0);
}

function toKind(command: string, program: string): ProcessKind {
  if (/\/dist\/daemon\/[\w-]+\.js/.test(command)) return "daemon";
  return command.startsWith(program) ? "agent" : "other";
}

function readParent(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readText(pid, "status"))?.[1] ?? 0);
}

function readPssMb(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(readText(pid, "smaps_rollup"))?.[1] ?? 0) / 1_024;
}

/** Empty for one that has ended. */
function readText(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "latin1");
  } catch {
    return "";
  }
}
