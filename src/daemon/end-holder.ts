import { readlinkSync } from "node:fs";
import { basename } from "node:path";
import { type LeftProcesses, noteProcessesBelow } from "../sandbox/left-processes.ts";
import { readArguments, readProcess } from "../sandbox/process-table.ts";
import { findLockHolder } from "../store/sqlite/lock-holder.ts";

/** What came of ending the daemon that holds a state folder. `beyond-reach`: it lives, and why. */
export type HolderEnd =
  | { kind: "killed"; pid: number; left: LeftProcesses }
  | { kind: "beyond-reach"; reason: string };

/**
 * Kills the daemon that holds the lock of this state folder now, and nothing else: the kernel names
 * the holder, and its start time, program and arguments are those of a daemon of profclaw when the
 * signal is sent. Its commands end by `left`, once it is dead.
 */
export function endHolder(home: string): HolderEnd {
  const pid = findLockHolder(home);
  if (pid === null) return beyondReach("no process that is seen from here holds its lock");
  const startTime = readProcess(pid)?.startTime;
  const left = noteProcessesBelow(pid);
  if (left.includesUs) return beyondReach(`pid ${pid} runs this process as one of its commands`);
  if (!isDaemon(pid)) return beyondReach(`pid ${pid}, which holds its lock, is no daemon of profclaw`);
  const isSame = startTime !== undefined && readProcess(pid)?.startTime === startTime;
  if (!isSame || findLockHolder(home) !== pid) return beyondReach(`pid ${pid} has just let go of its lock`);
  return kill(pid, left);
}

function kill(pid: number, left: LeftProcesses): HolderEnd {
  try {
    process.kill(pid, "SIGKILL");
    return { kind: "killed", pid, left };
  } catch (error) {
    return beyondReach(
      `pid ${pid} cannot be killed: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Started as a daemon's own program, or by `profclaw serve`; in both cases it is Node that runs. */
function isDaemon(pid: number): boolean {
  const words = readArguments(pid);
  const isNode = basename(readProgram(pid)).startsWith("node");
  const isMain = words.some((word) => /(^|\/)daemon\/main\.[jt]s$/.test(word));
  const isServe = words.includes("serve") && words.some((word) => basename(word).startsWith("profclaw"));
  return isNode && (isMain || isServe);
}

/** The file that it runs; empty if that is not ours to know. */
function readProgram(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return "";
  }
}

function beyondReach(reason: string): HolderEnd {
  return { kind: "beyond-reach", reason };
}
