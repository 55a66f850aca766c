import { readFileSync } from "node:fs";
import { readProcess } from "../process-table.ts";

/** Pids and start times of processes that were seen below one, the living ones. */
export type SeenProcesses = Map<number, string>;

/**
 * Adds what is below `pid` now and drops what has ended. A process that left its group, its parent and its
 * environment is found later by nothing else. Costs one small file for each that is there.
 */
export function noteDescendants(seen: SeenProcesses, pid: number): void {
  for (const [known, startTime] of seen) {
    if (readProcess(known)?.startTime !== startTime) seen.delete(known);
  }
  const open = [pid, ...seen.keys()];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const child of readChildren(next)) {
      if (seen.has(child)) continue;
      const entry = readProcess(child);
      if (entry === undefined) continue;
      seen.set(child, entry.startTime);
      open.push(child);
    }
  }
}

function readChildren(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
