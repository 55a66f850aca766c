import { readdirSync, readFileSync } from "node:fs";

/** A process as proc(5) shows it. A pid may be given to another one: with its start time it is unlike any. */
export interface ProcessEntry {
  pid: number;
  parentId: number;
  groupId: number;
  sessionId: number;
  /** Ended, and not yet noticed by its parent. */
  isZombie: boolean;
  /** By a signal or a debugger: it does nothing until it is told to go on. */
  isStopped: boolean;
  /** Clock ticks since boot. */
  startTime: string;
}

/** Living processes; empty where there is no /proc. */
export function listProcesses(): ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const name of listProcFolder()) {
    const entry = /^\d+$/.test(name) ? readProcess(Number(name)) : undefined;
    if (entry !== undefined && !entry.isZombie) entries.push(entry);
  }
  return entries;
}

/** Adds to `found` whatever descends from those in it. */
export function addDescendants(found: Set<number>, entries: readonly ProcessEntry[]): void {
  let before = -1;
  while (found.size !== before) {
    before = found.size;
    for (const entry of entries) if (found.has(entry.parentId)) found.add(entry.pid);
  }
}

/** One process, a zombie as well; undefined if there is none. */
export function readProcess(pid: number): ProcessEntry | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The fields after the command's name, which may itself hold blanks and parentheses.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [state, parentId, groupId, sessionId] = fields;
    return {
      pid,
      parentId: Number(parentId),
      groupId: Number(groupId),
      sessionId: Number(sessionId),
      startTime: fields[19] ?? "",
      isZombie: state === "Z" || state === "X",
      isStopped: state === "T" || state === "t",
    };
  } catch {
    return undefined;
  }
}

/** Its arguments; empty if it is gone. */
export function readArguments(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").filter(Boolean);
  } catch {
    return [];
  }
}

function listProcFolder(): string[] {
  try {
    return readdirSync("/proc");
  } catch {
    return [];
  }
}
