import { createHash, randomUUID } from "node:crypto";
import { readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { commandMarker, toCommandEnvironment } from "../command-environment.ts";
import { isRunning, toMark } from "./process-mark.ts";
import {
  type RecordedProgram,
  type RecordedRequest,
  logLimits,
  openProgram,
  sendOrder,
  sweepRecorded,
} from "./recorded-program.ts";
import type { SharedTask } from "./recorder-task.ts";
import {
  type RunFolder,
  claimRun,
  closedText,
  createRunFolder,
  hasBegun,
  readEnd,
  readStart,
  toRunFolder,
  writeFact,
} from "./run-folder.ts";
import { sendTask, waitForStart } from "./start-recorder.ts";

/** A session's lane in a program that others use too. */
export interface LaneRequest extends Omit<RecordedRequest, "environment" | "cwd"> {
  /** Of the program, for all of its sessions. */
  environment: Readonly<Record<string, string>>;
  shared: SharedTask;
  /** Not null: nobody else is to share the program. */
  aloneAs: string | null;
  /** Begins the ids of all its requests, up to a colon. */
  key: string;
  input: string;
  /** What `{{NAME}}` in its orders stands for, its marker besides. Never on disk for longer than a moment. */
  secrets: Readonly<Record<string, string>>;
}

/** Programs that many sessions share. */
export interface SharedPrograms {
  /** Begins a lane, and first a program where none is there that fits; resolves when it is open or has failed to be. */
  open(request: LaneRequest): Promise<RecordedProgram>;
  /** Takes over what an earlier daemon left, ends what has no recorder, and forgets what has ended. Answers how many it ended. */
  tidy(): Promise<number>;
}

// Each lane costs it memory for as long as it lives, and its record grows.
const mostLanes = 64;
const tries = 3;
const pauseMs = 10;
const openWaitMs = 10_000;

/** `folder`: a folder for each kind of program, and in it one for each that was started. */
export function createSharedPrograms(folder: string): SharedPrograms {
  const opening = new Map<string, Promise<RunFolder>>();
  const find = (request: LaneRequest): Promise<RunFolder> => {
    const place = join(folder, toKind(request));
    // Two that come at once must not start two.
    const next = (opening.get(place) ?? Promise.resolve()).then(
      () => adoptLiving(place) ?? startShared(place, request),
    );
    opening.set(
      place,
      next.catch(() => toRunFolder(place)),
    );
    return next;
  };
  return {
    async open(request) {
      for (let left = tries; ; left -= 1) {
        const program = await openIn(await find(request), request);
        if (left === 1 || readEnd(program.folder)?.notStarted !== closedText) return program;
        // It was about to end: this lane is begun anew in another one.
        program[Symbol.dispose]();
        rmSync(request.folder, { recursive: true, force: true });
      }
    },
    tidy: () => tidy(folder, (place) => opening.has(place)),
  };
}

/** All that makes one program unlike another; its key is in it as a hash only. */
function toKind({ argv, path, environment, aloneAs }: LaneRequest): string {
  const state = statSync(argv[0], { throwIfNoEntry: false });
  const facts = [argv, path, Object.entries(environment), state?.mtimeMs, state?.size, aloneAs];
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 16);
}

function adoptLiving(place: string): RunFolder | undefined {
  const found = listRuns(place)
    .map((run) => toRunFolder(join(place, String(run))))
    .find(isOpen);
  if (found !== undefined) writeFact(found.holder, toMark(process.pid));
  return found;
}

function isOpen(folder: RunFolder): boolean {
  const start = readStart(folder);
  const program = start?.program ?? null;
  if (start === undefined || program === null || readEnd(folder) !== undefined) return false;
  return isRunning(start.recorder) && isRunning(program) && countLanes(folder) < mostLanes;
}

function countLanes({ orders }: RunFolder): number {
  return readFileSync(orders, "utf8").split('"kind":"lane"').length - 1;
}

async function startShared(place: string, request: LaneRequest): Promise<RunFolder> {
  const { argv, path, environment, shared, abandonMs, graceMs } = request;
  const folder = createRunFolder(join(place, String((listRuns(place)[0] ?? 0) + 1)));
  writeFact(folder.holder, toMark(process.pid));
  const commandId = randomUUID();
  const clean = toCommandEnvironment({ path, sessionId: "", commandId });
  const recorder = sendTask({
    folder: folder.path,
    argv,
    cwd: folder.path,
    environment: { ...clean, ...environment },
    commandId,
    takesInput: true,
    ...logLimits,
    abandonMs,
    graceMs,
    shared,
  });
  if ((await waitForStart(folder, recorder)) === "unclaimed") {
    writeFact(folder.end, toNotStarted("its recorder did not start"));
  }
  return folder;
}

function toNotStarted(notStarted: string): object {
  return { exitCode: null, signal: null, notStarted, stopped: null, cutBytes: 0, endedAt: Date.now() };
}

/** False once nobody is there who would open a lane in it. */
function isHeld(host: RunFolder): boolean {
  const start = readStart(host);
  return readEnd(host) === undefined && start !== undefined && isRunning(start.recorder);
}

async function openIn(host: RunFolder, request: LaneRequest): Promise<RecordedProgram> {
  const { sessionId, input, key, secrets } = request;
  const folder = createRunFolder(request.folder);
  const commandId = randomUUID();
  const values = { ...secrets, [commandMarker]: commandId, PROFCLAW_SESSION_ID: sessionId };
  writeFact(folder.holder, toMark(process.pid));
  writeFact(folder.secrets, values);
  sendOrder(folder, undefined, { kind: "write", id: "task", text: input, fill: Object.keys(values) });
  sendOrder(host, readStart(host), { kind: "lane", folder: folder.path, key, commandId });
  const deadline = performance.now() + openWaitMs;
  while (!hasBegun(folder) && performance.now() < deadline && isHeld(host)) await sleep(pauseMs);
  // From here on it begins there or nowhere.
  if (!hasBegun(folder) && claimRun(folder, "daemon")) {
    rmSync(folder.secrets, { force: true });
    writeFact(folder.end, toNotStarted(readEnd(host)?.notStarted ?? closedText));
  }
  await waitForStart(folder);
  return openProgram(folder, sessionId);
}

async function tidy(folder: string, isInUse: (place: string) => boolean): Promise<number> {
  let ended = 0;
  for (const kind of list(folder)) {
    const place = join(folder, kind);
    if (isInUse(place)) continue;
    for (const run of listRuns(place)) {
      if (await tidyOne(join(place, String(run)))) ended += 1;
    }
    if (listRuns(place).length === 0) rmSync(place, { recursive: true, force: true });
  }
  return ended;
}

/** True if there was something left to end. */
async function tidyOne(path: string): Promise<boolean> {
  const folder = toRunFolder(path);
  const start = readStart(folder);
  if (start !== undefined && isRunning(start.recorder)) {
    // With no daemon behind it, it would end with its last lane.
    writeFact(folder.holder, toMark(process.pid));
    return false;
  }
  const wasThere = start !== undefined && (await sweepRecorded(start));
  rmSync(path, { recursive: true, force: true });
  return wasThere;
}

/** Numbers of runs, the latest first. */
function listRuns(place: string): number[] {
  return list(place)
    .map(Number)
    .filter((run) => Number.isInteger(run) && run > 0)
    .toSorted((a, b) => b - a);
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
