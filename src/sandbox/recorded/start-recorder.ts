import { type ChildProcess, spawn } from "node:child_process";
import { extname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { recorderArgument } from "./recorder.ts";
import type { RecorderTask } from "./recorder-task.ts";
import { isRunning } from "./process-mark.ts";
import { type RunFolder, claimRun, hasBegun, readStart } from "./run-folder.ts";
import { createSpareChild } from "./spare-child.ts";

const startWaitMs = 10_000;
const pauseMs = 10;

// It takes longer to boot than all that comes after: a short run would feel it. The next one boots when an agent that was
// just started is through with its own start, or with all of a short run: beside either it costs what it saves.
const recorders = createSpareChild({ start: () => startRecorder(64), afterMs: 1_500, keptMs: 60_000 });

/** Gives a recorder its task, and leaves it to itself. */
export function sendTask(task: RecorderTask): ChildProcess {
  // A shared one reads the lines that it hands on, of any size.
  const recorder = task.shared === undefined ? recorders.take() : startRecorder(256);
  recorder.stdin?.end(`${JSON.stringify(task)}\n`);
  return recorder;
}

function startRecorder(heapMb: number): ChildProcess {
  // As a .ts file in the source tree, as .js once compiled: like this file.
  const file = fileURLToPath(new URL(`./recorder${extname(import.meta.url)}`, import.meta.url));
  const child = spawn(process.execPath, [`--max-old-space-size=${heapMb}`, file, recorderArgument], {
    stdio: ["pipe", "ignore", "ignore"],
    // Its own session: a signal to the daemon's group must not reach it. No environment: it needs no key.
    detached: true,
    cwd: "/",
    env: {},
  });
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  child.unref();
  return child;
}

/**
 * Resolves when it has begun or ended, or its recorder has died while it started it; "unclaimed": it has not begun, and
 * never will, as where its recorder has died before.
 */
export async function waitForStart(
  folder: RunFolder,
  recorder?: Pick<ChildProcess, "exitCode" | "signalCode">,
): Promise<"begun" | "unclaimed"> {
  const deadline = performance.now() + startWaitMs;
  const isGone = (): boolean => {
    if ((recorder?.exitCode ?? null) !== null || (recorder?.signalCode ?? null) !== null) return true;
    const start = readStart(folder);
    return start !== undefined && !isRunning(start.recorder);
  };
  for (let wasGone = false; !wasGone && performance.now() < deadline;) {
    // It may write and die between the two looks.
    wasGone = isGone();
    if (hasBegun(folder)) return "begun";
    await sleep(pauseMs);
  }
  return claimRun(folder, "daemon") ? "unclaimed" : "begun";
}
