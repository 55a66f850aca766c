import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

export interface FoundProcess {
  pid: number;
  command: string;
}

/** Processes whose environment or command line holds this text, or whose folder is below it. */
export function findProcesses(text: string): FoundProcess[] {
  return listPids().flatMap((pid) => {
    const folder = join("/proc", String(pid));
    const command = read(join(folder, "cmdline")).replaceAll("\0", " ").trim();
    const isOurs = [read(join(folder, "environ")), command, readLink(join(folder, "cwd"))].some((part) =>
      part.includes(text),
    );
    // A zombie has ended; its parent has not yet taken notice.
    return isOurs && command !== "" && pid !== process.pid ? [{ pid, command }] : [];
  });
}

/** True if a process has this id and has not ended. */
export function isAlive(pid: number): boolean {
  const stat = read(join("/proc", String(pid), "stat"));
  return stat !== "" && !/\) [ZX] /.test(stat);
}

export function killHard(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function listPids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
