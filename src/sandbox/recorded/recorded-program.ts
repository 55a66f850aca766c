import { randomUUID } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { toCommandEnvironment } from "../command-environment.ts";
import { getReaper } from "../reaper-link.ts";
import { noteCommand } from "../running-commands.ts";
import { orderSignal, parseOrder } from "./follow-orders.ts";
import { isRunning, toMark } from "./process-mark.ts";
import { readTreeMemory } from "./tree-memory.ts";
import {
  type RecordedEnd,
  type RecordedStart,
  type RecorderOrder,
  type RunFolder,
  giveUpUnbegun,
  createRunFolder,
  readEnd,
  readStart,
  toRunFolder,
  writeFact,
} from "./run-folder.ts";
import { sendTask, waitForStart } from "./start-recorder.ts";

/** A program that outlives us under its recorder. */
export interface RecordedRequest {
  /** A folder of its own; made here. */
  folder: string;
  argv: readonly [string, ...string[]];
  cwd: string;
  path: string;
  sessionId: string;
  /** On top of the clean environment: its provider's key may be in it. */
  environment: Readonly<Record<string, string>>;
  /** Written to its stdin first, whatever becomes of us; null: that is closed from the start. */
  input: string | null;
  /** True: nothing more will be written, and its stdin ends behind that, also where we do not live to say so. */
  isAllInput?: boolean;
  abandonMs: number;
  graceMs: number;
}

/** How a recorded program stands. `lost`: its recorder is gone, and nobody knows how it ended. */
export type RecordedState = { kind: "running" } | { kind: "ended"; end: RecordedEnd } | { kind: "lost" };

export interface RecordedProgram extends Disposable {
  readonly folder: RunFolder;
  state(): RecordedState;
  /** True once its end is written: one look at a file. */
  hasEnd(): boolean;
  /** What it takes with all that it has started, bytes; null where nobody can tell. */
  readMemory(): Promise<number | null>;
  /** True if this was written to it, by whichever daemon. */
  hasWritten(id: string): boolean;
  /** Writes to its stdin, once per id, also across daemons. `{{NAME}}` of what `fill` names is its variable. */
  write(id: string, text: string, fill?: readonly string[]): void;
  closeInput(): void;
  /** Ends it with everything it started; resolves when its end is written, or after a bounded wait. */
  stop(): Promise<void>;
}

// P13: logs are 256 MB each.
export const logLimits = { maxStdoutBytes: 256 * 1024 * 1024, maxStderrBytes: 16 * 1024 * 1024 };
const stopWaitMs = 3_000;
const pauseMs = 10;
const looksPerState = 8;

/** Starts it; resolves when it runs or has failed to. */
export async function startRecorded(request: RecordedRequest): Promise<RecordedProgram> {
  const { argv, cwd, path, sessionId, input, abandonMs, graceMs } = request;
  const folder = createRunFolder(request.folder);
  // In the orders before there is a recorder: a daemon that dies in between leaves no program that waits for its task.
  if (input !== null) sendOrder(folder, undefined, { kind: "write", id: "task", text: input });
  if (request.isAllInput === true) sendOrder(folder, undefined, { kind: "close" });
  writeFact(folder.holder, toMark(process.pid));
  const commandId = randomUUID();
  const clean = toCommandEnvironment({ path, sessionId, commandId });
  const markers = Object.entries(clean).filter(([name]) => name.startsWith("PROFCLAW_"));
  const recorder = sendTask({
    folder: folder.path,
    argv,
    cwd,
    environment: { ...clean, ...request.environment, ...Object.fromEntries(markers) },
    commandId,
    takesInput: input !== null,
    ...logLimits,
    abandonMs,
    graceMs,
  });
  const begun = await waitForStart(folder, recorder);
  if (begun === "unclaimed") {
    writeFact(folder.end, { ...unknownEnd, notStarted: "its recorder did not start", endedAt: Date.now() });
  }
  return openProgram(folder, sessionId);
}

/** Takes up what an earlier daemon started; null if it never began, and now never will. */
export async function adoptRecorded(path: string, sessionId: string): Promise<RecordedProgram | null> {
  const folder = toRunFolder(path);
  if (giveUpUnbegun(folder)) return null;
  writeFact(folder.holder, toMark(process.pid));
  await waitForStart(folder);
  return openProgram(folder, sessionId);
}

const unknownEnd = { exitCode: null, signal: null, stopped: null, cutBytes: 0 };

/** A program that has begun, whoever began it. */
export function openProgram(folder: RunFolder, sessionId: string): RecordedProgram {
  const start = readStart(folder);
  // The door knows a session's own program by its pid, which it can not change.
  const pid = start?.hostId !== undefined ? undefined : start?.program?.pid;
  const noted = noteCommand(pid, sessionId);
  const order = (next: RecorderOrder): void => sendOrder(folder, start, next);
  // Read once: a task of megabytes is among them, and nobody else writes while this daemon holds the run.
  let written: Set<string> | undefined;
  const hasWritten = (id: string): boolean => (written ??= readWritten(folder)).has(id);
  return {
    folder,
    state: () => readState(folder, start),
    hasEnd: () => existsSync(folder.end),
    // What is others' too says nothing of one of them.
    readMemory: async () => (pid === undefined ? null : readTreeMemory(pid)),
    hasWritten,
    write(id, text, fill) {
      if (hasWritten(id)) return;
      order({ kind: "write", id, text, ...(fill === undefined ? {} : { fill }) });
      written?.add(id);
    },
    closeInput: () => order({ kind: "close" }),
    async stop() {
      order({ kind: "stop" });
      await waitForEnd(folder, start);
      if (readEnd(folder) === undefined && start !== undefined) await sweepRecorded(start);
    },
    [Symbol.dispose]: () => noted[Symbol.dispose](),
  };
}

/** Of fifty that are stopped at once each is looked at: one look at a file, and now and then whether it lives. */
async function waitForEnd(folder: RunFolder, start: RecordedStart | undefined): Promise<void> {
  const deadline = performance.now() + stopWaitMs;
  for (let look = 0; performance.now() < deadline; look += 1) {
    if (existsSync(folder.end)) return;
    if (look % looksPerState === 0 && readState(folder, start).kind !== "running") return;
    await sleep(pauseMs);
  }
}

function readState(folder: RunFolder, start: RecordedStart | undefined): RecordedState {
  const end = readEnd(folder);
  if (end !== undefined) return { kind: "ended", end };
  if (start !== undefined && isRunning(start.recorder)) return { kind: "running" };
  // It may have written its end and left between the two looks.
  const late = readEnd(folder);
  return late === undefined ? { kind: "lost" } : { kind: "ended", end: late };
}

/**
 * Kills what is left of a program whose recorder does not do it, and that recorder. One that others share is killed only
 * if its recorder is gone: it would go on with what its sessions are about to go on with elsewhere. False: both were gone.
 */
export async function sweepRecorded(start: RecordedStart): Promise<boolean> {
  const { commandId, program, recorder, hostId } = start;
  const isRecorded = isRunning(recorder);
  const isThere = program !== null && isRunning(program);
  // A group whose leader is gone may have another one's number by now.
  const group = isThere ? program.pid : null;
  if (hostId === undefined) {
    if (isRecorded) kill(recorder.pid);
    await sweepMarked(commandId, group);
  } else {
    if (!isRecorded) await sweepHost(hostId, group);
    await sweepMarked(commandId, null);
  }
  return isRecorded || isThere;
}

const hostSweeps = new Map<string, Promise<void>>();

/**
 * Once for all lanes of a host, and before theirs: what it was about to start for one of them carries the host's own
 * marker until it has started.
 */
function sweepHost(hostId: string, group: number | null): Promise<void> {
  const swept = hostSweeps.get(hostId) ?? sweepMarked(hostId, group);
  hostSweeps.set(hostId, swept);
  return swept;
}

async function sweepMarked(commandId: string, group: number | null): Promise<void> {
  const reaper = getReaper();
  reaper.watch(commandId);
  if (group !== null) reaper.setGroup(commandId, group);
  await reaper.end(commandId);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}

/** Writes an order down, and tells the recorder if there is one. */
export function sendOrder(folder: RunFolder, start: RecordedStart | undefined, order: RecorderOrder): void {
  // A line that was cut off ends here.
  appendFileSync(folder.orders, `\n${JSON.stringify(order)}\n`);
  if (start === undefined || !isRunning(start.recorder) || readEnd(folder) !== undefined) return;
  try {
    process.kill(start.recorder.pid, orderSignal);
  } catch {
    // It looks by itself, or is gone.
  }
}

/** The ids of what was written to it so far, by whichever daemon. */
function readWritten({ orders }: RunFolder): Set<string> {
  const known = readFileSync(orders, "utf8").split("\n").map(parseOrder);
  return new Set(known.flatMap((order) => (order?.kind === "write" ? [order.id] : [])));
}
