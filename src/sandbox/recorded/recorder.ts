import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { drainPipes } from "../drain-pipes.ts";
import { leaveProcess } from "../leave-process.ts";
import { type CommandTrace, findProcesses, sweepProcesses } from "../sweep-processes.ts";
import { openCappedFile } from "./capped-file.ts";
import { type SeenProcesses, noteDescendants } from "./descendants.ts";
import { followOrders, openOrders, orderSignal } from "./follow-orders.ts";
import { fillIn, killGroup, startChild, toEnd, toStart } from "./recorded-child.ts";
import { recordShared } from "./record-shared.ts";
import type { RecorderTask } from "./recorder-task.ts";
import { isRunning, toMark } from "./process-mark.ts";
import {
  type RecordedEnd,
  type RunFolder,
  claimRun,
  readHolder,
  toRunFolder,
  writeFact,
} from "./run-folder.ts";

/** Marks the command line of a recorder. */
export const recorderArgument = "profclaw-recorder";

const lookMs = 300;
const drainMs = 500;
const lastWaitMs = 100;

interface Recording {
  task: RecorderTask;
  folder: RunFolder;
  child: ChildProcess;
  trace: CommandTrace & { members: SeenProcesses };
  stopped: RecordedEnd["stopped"];
}

/**
 * The process between a daemon and a program: it keeps what the program says and how it ends while no
 * daemon is there, and ends it, with all it started, when none comes back.
 */
function runRecorder(): void {
  // Nobody but its orders ends it, and the default of their signal is death; a daemon that died closes the pipes.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", orderSignal] as const)
    process.on(signal, () => undefined);
  process.stdout.on("error", () => undefined);
  let text = "";
  let isBegun = false;
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", (chunk: string) => {
    text += chunk;
    if (isBegun || !text.includes("\n")) return;
    isBegun = true;
    const task = JSON.parse(text.slice(0, text.indexOf("\n"))) as RecorderTask;
    // A full disk, say: nobody will be there for what it has started.
    process.on("uncaughtException", () => {
      sweepProcesses([{ commandId: task.commandId, groupId: 0 }]);
      leaveProcess();
    });
    void record(task).then(leaveProcess);
  });
  process.stdin.on("close", () => {
    if (!isBegun) leaveProcess();
  });
}

async function record(task: RecorderTask): Promise<void> {
  if (task.shared !== undefined) return recordShared(task, task.shared);
  const folder = toRunFolder(task.folder);
  if (!claimRun(folder, "recorder")) return;
  writeFact(folder.start, toStart(task, null));
  const child = await startChild(task.argv, {
    cwd: task.cwd,
    env: task.environment,
    stdio: [task.takesInput ? "pipe" : "ignore", "pipe", "pipe"],
  });
  if (typeof child === "string") {
    writeFact(folder.end, toEnd({ notStarted: child }));
    return;
  }
  const members: SeenProcesses = new Map();
  const groupId = child.pid ?? 0;
  const since = Number(toMark(groupId).startTime);
  const trace = { commandId: task.commandId, groupId, members, since };
  await recordProgram({ task, folder, child, trace, stopped: null });
}

async function recordProgram(recording: Recording): Promise<void> {
  const { task, folder, child, trace } = recording;
  const exited = new Promise<{ exitCode: number | null; signal: string | null }>((resolve) => {
    child.once("exit", (exitCode, signal) => resolve({ exitCode, signal }));
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stdout = openCappedFile(folder.stdout, task.maxStdoutBytes);
  const stderr = openCappedFile(folder.stderr, task.maxStderrBytes);
  child.stdout?.on("data", (chunk: Buffer) => stdout.add(chunk));
  child.stderr?.on("data", (chunk: Buffer) => stderr.add(chunk));
  child.stdin?.on("error", () => undefined);
  const book = openOrders(folder, {
    write: (text, fill) => child.stdin?.write(fillIn(text, fill, task.environment)),
    close: () => child.stdin?.end(),
    stop: () => void stop(recording, exited, "asked"),
  });
  const orders = followOrders(() => book.look());
  writeFact(folder.start, toStart(task, trace.groupId));
  const watch = watchHolder(recording, () => void stop(recording, exited, "abandoned"));
  const exit = await exited;
  clearInterval(watch);
  orders.end();
  book.close();
  sweepProcesses([trace]);
  await drainPipes(child, closed, drainMs);
  const cutBytes = stdout.close() + stderr.close();
  writeFact(folder.end, toEnd({ ...exit, stopped: recording.stopped, cutBytes }));
}

async function stop(
  recording: Recording,
  exited: Promise<unknown>,
  why: NonNullable<RecordedEnd["stopped"]>,
): Promise<void> {
  if (recording.stopped !== null) return;
  recording.stopped = why;
  const { trace, task } = recording;
  // Found while its parents live: an orphan that emptied its environment is a stranger later.
  for (const [pid, startTime] of findProcesses([trace])) trace.members.set(pid, startTime);
  killGroup(trace.groupId, "SIGTERM");
  await Promise.race([exited, sleep(task.graceMs)]);
  killGroup(trace.groupId, "SIGKILL");
  // Once it has exited all of it is swept; one that can not be killed must not keep the rest alive.
  const hasExited = await Promise.race([exited.then(() => true), sleep(lastWaitMs, false)]);
  if (!hasExited) sweepProcesses([trace]);
}

function watchHolder({ task, folder, trace }: Recording, onAbandoned: () => void): NodeJS.Timeout {
  let aloneSince: number | null = null;
  return setInterval(() => {
    noteDescendants(trace.members, trace.groupId);
    const holder = readHolder(folder);
    if (holder !== undefined && isRunning(holder)) {
      aloneSince = null;
      return;
    }
    aloneSince ??= performance.now();
    if (performance.now() - aloneSince >= task.abandonMs) onAbandoned();
  }, lookMs);
}

if (process.argv[2] === recorderArgument) runRecorder();
