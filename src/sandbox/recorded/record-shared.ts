import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { drainPipes } from "../drain-pipes.ts";
import { sweepProcesses } from "../sweep-processes.ts";
import { type CappedFile, openCappedFile } from "./capped-file.ts";
import { followOrders, openOrders } from "./follow-orders.ts";
import { type Lane, openLane } from "./lane.ts";
import { type LaneRouter, createLaneRouter } from "./lane-router.ts";
import { createPieceLines } from "./piece-lines.ts";
import { isRunning, toMark } from "./process-mark.ts";
import { fillIn, killGroup, startChild, toEnd, toStart } from "./recorded-child.ts";
import type { RecorderTask, SharedTask } from "./recorder-task.ts";
import { type LaneOrder, claimRun, closedText, readHolder, toRunFolder, writeFact } from "./run-folder.ts";

const lookMs = 300;
const drainMs = 500;
const keptErrors = 4_096;
// What is for nobody is kept to be looked at by people.
const unroutedBytes = 8 * 1024 * 1024;

interface Sharing {
  task: RecorderTask;
  shared: SharedTask;
  child: ChildProcess;
  lanes: Set<Lane>;
  router: LaneRouter<Lane>;
  stdout: CappedFile;
  stderr: CappedFile;
  errors: string;
  /** Since when it has no lane. */
  idleSince: number;
  isClosed: boolean;
}

/** Starts a program that many sessions share, and gives each what is for it, until none has come for a while. */
export async function recordShared(task: RecorderTask, shared: SharedTask): Promise<void> {
  const folder = toRunFolder(task.folder);
  if (!claimRun(folder, "recorder")) return;
  writeFact(folder.start, toStart(task, null));
  const { cwd, environment: env } = task;
  const child = await startChild(task.argv, { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
  if (typeof child === "string") {
    writeFact(folder.end, toEnd({ notStarted: child }));
    return;
  }
  const sharing: Sharing = {
    task,
    shared,
    child,
    lanes: new Set(),
    router: createLaneRouter(),
    stdout: openCappedFile(folder.stdout, unroutedBytes),
    stderr: openCappedFile(folder.stderr, task.maxStderrBytes),
    errors: "",
    idleSince: performance.now(),
    isClosed: false,
  };
  await runShared(sharing);
}

async function runShared(sharing: Sharing): Promise<void> {
  const { task, shared, child, lanes } = sharing;
  const folder = toRunFolder(task.folder);
  const exited = new Promise<{ exitCode: number | null; signal: string | null }>((resolve) => {
    child.once("exit", (exitCode, signal) => resolve({ exitCode, signal }));
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  listen(sharing);
  child.stdin?.write(shared.hello);
  const book = openOrders(folder, {
    write: () => undefined,
    close: () => undefined,
    stop: () => void close(sharing),
    lane: (order) => addLane(sharing, order),
  });
  const orders = followOrders(() => {
    book.look();
    for (const lane of lanes) lane.look();
  });
  writeFact(folder.start, toStart(task, child.pid ?? 0));
  const watch = setInterval(() => {
    for (const lane of lanes) lane.lookForHolder();
    if (lanes.size > 0 || !isIdle(sharing)) return;
    // Whoever opens a lane now sees that it is too late.
    writeFact(folder.end, toEnd({ exitCode: 0 }));
    book.look();
    void close(sharing);
  }, lookMs);
  const exit = await exited;
  sharing.isClosed = true;
  clearInterval(watch);
  await drainPipes(child, closed, drainMs);
  orders.end();
  book.close();
  // What it was about to start for a lane carries its own marker until it has started.
  sweepProcesses([{ commandId: task.commandId, groupId: child.pid ?? 0 }]);
  for (const lane of lanes) lane.leave(exit, sharing.errors);
  const cutBytes = sharing.stdout.close() + sharing.stderr.close();
  writeFact(folder.end, toEnd({ ...exit, cutBytes }));
}

/** True after a while, and at once where no daemon is there that might open a lane. */
function isIdle({ task, shared, idleSince }: Sharing): boolean {
  const holder = readHolder(toRunFolder(task.folder));
  return performance.now() - idleSince >= shared.idleMs || holder === undefined || !isRunning(holder);
}

function listen(sharing: Sharing): void {
  const { child, router, stdout, stderr } = sharing;
  const lines = createPieceLines((line) => {
    const lane = router.laneOf(line.toString("utf8"));
    if (lane === null) stdout.add(line);
    else if (sharing.lanes.has(lane)) lane.take(line);
    else leaveThread(sharing, lane);
  });
  child.stdout?.on("data", (chunk: Buffer) => lines.add(chunk));
  child.stdout?.on("end", () => lines.end());
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr.add(chunk);
    sharing.errors = `${sharing.errors}${chunk.toString("utf8")}`.slice(-keptErrors);
  });
  child.stdin?.on("error", () => undefined);
}

function addLane(sharing: Sharing, order: LaneOrder): void {
  const { task, child, lanes, router } = sharing;
  const folder = toRunFolder(order.folder);
  if (!claimRun(folder, "recorder")) return;
  if (sharing.isClosed) {
    writeFact(folder.end, toEnd({ notStarted: closedText }));
    return;
  }
  const lane = openLane(order, {
    task,
    recorder: toMark(process.pid),
    program: toMark(child.pid ?? 0),
    write: (text) => void child.stdin?.write(text),
    onEnd: (ended) => dropLane(sharing, ended),
  });
  lanes.add(lane);
  router.add(order.key, lane);
  lane.look();
}

function dropLane(sharing: Sharing, lane: Lane): void {
  sharing.lanes.delete(lane);
  sharing.idleSince = performance.now();
  leaveThread(sharing, lane);
}

/** Its conversation may be known only after its end: then it is left at once. */
function leaveThread({ router, child, shared }: Sharing, lane: Lane): void {
  const thread = router.threadOf(lane);
  if (thread === undefined) return;
  router.delete(lane.key);
  child.stdin?.write(fillIn(shared.parting, ["THREAD"], { THREAD: thread }));
}

/** It is let go: it ends by itself, or is ended. */
async function close(sharing: Sharing): Promise<void> {
  if (sharing.isClosed) return;
  sharing.isClosed = true;
  const { child, task } = sharing;
  child.stdin?.end();
  await sleep(task.graceMs);
  killGroup(child.pid ?? 0, "SIGTERM");
  await sleep(task.graceMs);
  killGroup(child.pid ?? 0, "SIGKILL");
}
