import { existsSync } from "node:fs";
import { readProcess } from "../process-table.ts";
import type { ProcessMark } from "./run-folder.ts";

export function toMark(pid: number): ProcessMark {
  return { pid, startTime: readProcess(pid)?.startTime ?? "" };
}

/** False once it has ended, also if its pid is another's by now. */
export function isRunning({ pid, startTime }: ProcessMark): boolean {
  const entry = readProcess(pid);
  if (entry !== undefined) return !entry.isZombie && entry.startTime === startTime;
  return !existsSync("/proc/self/stat") && takesSignals(pid);
}

function takesSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
