import { setTimeout as sleep } from "node:timers/promises";
import { recorderArgument } from "./recorded/recorder.ts";
import { addDescendants, listProcesses, readArguments, readProcess } from "./process-table.ts";
import { reaperArgument } from "./reaper.ts";
import { type CommandTrace, findProcesses, readMarker, sweepProcesses } from "./sweep-processes.ts";

/** What runs below a process that is about to be killed: its commands, with all they started, and its reaper. */
export interface LeftProcesses {
  /** True if this process itself is one of them. */
  includesUs: boolean;
  /**
   * Call once that process is dead: its reaper does its work, also if it was stopped; what is left after
   * two seconds is killed here. False if something outlived that too.
   */
  end(): Promise<boolean>;
}

const reaperMs = 2_000;
const pauseMs = 20;

/** Looks while the parents live: a child that became an orphan is no longer known by its parent. */
export function noteProcessesBelow(pid: number): LeftProcesses {
  const entries = listProcesses();
  // What runs under a recorder is another daemon's to go on with.
  const children = entries.filter(({ parentId, pid: child }) => parentId === pid && !isRecorder(child));
  const below = new Set(children.map((child) => child.pid));
  addDescendants(below, entries);
  const members = new Map(
    entries.filter((entry) => below.has(entry.pid)).map((entry) => [entry.pid, entry.startTime]),
  );
  const traces = children.map((child): CommandTrace => ({
    // Never empty: most processes of a machine have no marker at all.
    commandId: readMarker(child.pid) ?? `unmarked child ${child.pid}`,
    // A child that shares its parent's group would have us sweep that group's other members.
    groupId: child.groupId === child.pid ? child.pid : 0,
    members,
  }));
  const reapers = children.filter((child) => readArguments(child.pid).includes(reaperArgument));
  return {
    includesUs: below.has(process.pid),
    async end() {
      for (const { pid: reaper, startTime } of reapers) wake(reaper, startTime);
      const deadline = performance.now() + reaperMs;
      while (findProcesses(traces).size > 0 && performance.now() < deadline) await sleep(pauseMs);
      return sweepProcesses(traces);
    },
  };
}

function isRecorder(pid: number): boolean {
  return readArguments(pid).includes(recorderArgument);
}

function wake(pid: number, startTime: string): void {
  if (readProcess(pid)?.startTime !== startTime) return;
  try {
    process.kill(pid, "SIGCONT");
  } catch {
    // It has done its work.
  }
}
