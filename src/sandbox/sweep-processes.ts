import { readFileSync } from "node:fs";
import { commandMarker } from "./command-environment.ts";
import { type ProcessEntry, addDescendants, listProcesses } from "./process-table.ts";

/** A command as the reaper knows it: `groupId` is its first process's pid, 0 while it is not known. */
export interface CommandTrace {
  commandId: string;
  groupId: number;
  /** Pids seen while its parents lived, with their start times: a pid may be given to another one. */
  members?: ReadonlyMap<number, string>;
  /** When its first process started (clock ticks since boot): what is older is not one of its own, and is not read. */
  since?: number;
}

/** Processes by pid and start time whose environment names another command: for good, whatever they start. */
type Strangers = Map<number, string>;

const maxPasses = 20;

/**
 * Kills every process of these commands: their groups, their kernel sessions, whoever carries their
 * marker, and the descendants of all those. Synchronous, for the reaper and for a takeover only. Without /proc only the
 * groups are reached. Returns true if nothing was left.
 */
export function sweepProcesses(traces: readonly CommandTrace[]): boolean {
  const strangers: Strangers = new Map();
  for (let pass = 0; pass < maxPasses; pass += 1) {
    const targets = [...findProcesses(traces, strangers).keys()];
    for (const { groupId } of traces) if (groupId > 1) killQuietly(-groupId);
    if (targets.length === 0) return true;
    for (const pid of targets) killQuietly(pid);
    // A fork may have been under way: look again until nothing is found.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  }
  return false;
}

/** Living processes of these commands, by everything that /proc tells: pids and their start times. */
export function findProcesses(
  traces: readonly CommandTrace[],
  strangers: Strangers = new Map(),
): Map<number, string> {
  const entries = listProcesses();
  const found = new Set(entries.filter(createMatcher(traces, strangers)).map((entry) => entry.pid));
  addDescendants(found, entries);
  found.delete(process.pid);
  return new Map(entries.filter(({ pid }) => found.has(pid)).map(({ pid, startTime }) => [pid, startTime]));
}

function createMatcher(
  traces: readonly CommandTrace[],
  strangers: Strangers,
): (entry: ProcessEntry) => boolean {
  const groups = new Set(traces.map((trace) => trace.groupId).filter((groupId) => groupId > 1));
  const commandIds = new Set(traces.map((trace) => trace.commandId));
  const since = Math.min(...traces.map((trace) => trace.since ?? 0));
  // Environments are the dear part: fifty that are swept at once would read those of all others.
  const isMarked = ({ pid, startTime }: ProcessEntry): boolean => {
    if (Number(startTime) < since || strangers.get(pid) === startTime) return false;
    const marker = readMarker(pid);
    if (marker === undefined || commandIds.has(marker)) return marker !== undefined;
    strangers.set(pid, startTime);
    return false;
  };
  return (entry) =>
    groups.has(entry.groupId) ||
    groups.has(entry.sessionId) ||
    traces.some((trace) => trace.members?.get(entry.pid) === entry.startTime) ||
    isMarked(entry);
}

/** The id of the command that this process belongs to, by the marker in its environment. */
export function readMarker(pid: number): string | undefined {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, "latin1");
    const start = `\0${environment}`.indexOf(`\0${commandMarker}=`);
    if (start === -1) return undefined;
    return environment.slice(start + commandMarker.length + 1).split("\0", 1)[0];
  } catch {
    return undefined;
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone already, or not ours to kill.
  }
}
