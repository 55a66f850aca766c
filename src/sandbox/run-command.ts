import { spawn, type ChildProcessByStdio } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { toCommandEnvironment } from "./command-environment.ts";
import { drainPipes } from "./drain-pipes.ts";
import { createOutputCapture, type CapturedOutput, type OutputCapture } from "./output-capture.ts";
import { getReaper } from "./reaper-link.ts";
import { noteCommand } from "./running-commands.ts";

/** A program to run, without a shell: argv as it stands. */
export interface CommandRequest {
  argv: readonly [string, ...string[]];
  cwd: string;
  /** PATH, for finding the program and for the program itself. */
  path: string;
  sessionId: string;
  traceParent?: string | null;
  timeoutMs: number;
  /** Kept of stdout and stderr together, half from the start and half from the end. */
  maxOutputBytes: number;
  signal: AbortSignal;
  /** Takes what comes on stdout, so that only stderr is kept here. */
  onStdout?: (chunk: Uint8Array) => void;
  /** A file that it reads on stdin; left out: stdin is closed. */
  stdinFile?: string;
  /** It leaves nothing that runs when it ends by itself: whoever waits for it does not wait for a sweep. */
  leavesNothing?: boolean;
  /** On top of the clean environment; never keys. */
  environment?: Readonly<Record<string, string>>;
}

/** `not-started`: there is no such program or folder. `exitCode` is null if a signal ended it. */
export type CommandOutcome =
  | { kind: "not-started"; reason: string }
  | {
      kind: "exited";
      exitCode: number | null;
      signal: string | null;
      output: CapturedOutput;
      durationMs: number;
    }
  | { kind: "timed-out"; output: CapturedOutput; durationMs: number };

type Child = ChildProcessByStdio<Writable | null, Readable, Readable>;

interface Exit {
  exitCode: number | null;
  signal: string | null;
}

// Time to flush and leave after SIGTERM; the whole end must stay under a second.
const graceMs = 200;
// After the end of all processes the pipes hold a last buffer at most.
const drainMs = 200;

/**
 * Runs a command in a process group of its own, environment built from nothing. Ends
 * with everything it started gone, also what called setsid or was put into the background, within a
 * second of an abort or the timeout. Rejects only with the signal's reason. If this process dies, the
 * reaper does the killing.
 */
export async function runCommand(request: CommandRequest): Promise<CommandOutcome> {
  request.signal.throwIfAborted();
  const commandId = randomUUID();
  const capture = createOutputCapture(request.maxOutputBytes);
  const startedAt = performance.now();
  getReaper().watch(commandId);
  const child = await startChild(request, commandId);
  using _noted = noteCommand(child.pid, request.sessionId);
  try {
    const ended = await waitForEnd(child, { request, capture, commandId });
    request.signal.throwIfAborted();
    if (ended === "not-started") return { kind: "not-started", reason: describeMissing(request) };
    const durationMs = Math.round(performance.now() - startedAt);
    if (ended === "timed-out") return { kind: "timed-out", output: capture.read(), durationMs };
    return { kind: "exited", ...ended, output: capture.read(), durationMs };
  } finally {
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

async function startChild(request: CommandRequest, commandId: string): Promise<Child> {
  const { argv, cwd, path, sessionId, traceParent, stdinFile } = request;
  const [program, ...args] = argv;
  const stdin = stdinFile === undefined ? "ignore" : openSync(stdinFile, "r");
  try {
    // Its type takes no pipes for granted beside a file on stdin.
    return spawn(program, args, {
      cwd,
      detached: true,
      stdio: [stdin, "pipe", "pipe"],
      env: { ...toCommandEnvironment({ path, sessionId, commandId, traceParent }), ...request.environment },
    }) as Child;
  } catch (fault) {
    await getReaper().end(commandId);
    throw fault;
  } finally {
    if (typeof stdin === "number") closeSync(stdin);
  }
}

async function waitForEnd(
  child: Child,
  run: { request: CommandRequest; capture: OutputCapture; commandId: string },
): Promise<Exit | "timed-out" | "not-started"> {
  const { request, capture, commandId } = run;
  const takeStdout = request.onStdout ?? ((chunk: Uint8Array) => capture.add(chunk));
  child.stdout.on("data", takeStdout);
  child.stderr.on("data", (chunk: Uint8Array) => capture.add(chunk));
  const exited = watchExit(child);
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  if (child.pid !== undefined) getReaper().setGroup(commandId, child.pid);
  const limits = new AbortController();
  const first = await Promise.race([exited, watchLimits(request, limits.signal)]);
  limits.abort();
  if (first === "timed-out" || first === "aborted") await askToEnd(child, { exited, commandId });
  const swept = getReaper().end(commandId);
  if (request.leavesNothing !== true || typeof first === "string") await swept;
  if (child.pid !== undefined) killGroup(child.pid, "SIGKILL");
  if (first !== "not-started") await drainPipes(child, closed, drainMs);
  return first === "aborted" ? "timed-out" : first;
}

function watchExit(child: Child): Promise<Exit | "not-started"> {
  return new Promise((resolve) => {
    child.once("error", () => resolve("not-started"));
    child.once("exit", (exitCode, signal) => resolve({ exitCode, signal }));
  });
}

/** Resolves when the command has had its time or nobody wants it any more; `over` takes the timer away. */
async function watchLimits(
  { signal, timeoutMs }: CommandRequest,
  over: AbortSignal,
): Promise<"timed-out" | "aborted"> {
  try {
    await delay(timeoutMs, undefined, { signal: AbortSignal.any([signal, over]) });
    return "timed-out";
  } catch {
    return "aborted";
  }
}

async function askToEnd(child: Child, run: { exited: Promise<unknown>; commandId: string }): Promise<void> {
  if (child.pid === undefined) return;
  await getReaper().remember(run.commandId);
  killGroup(child.pid, "SIGTERM");
  await Promise.race([run.exited, delay(graceMs)]);
}

function killGroup(groupId: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(-groupId, signal);
  } catch {
    // The whole group is gone already.
  }
}

function describeMissing({ argv, cwd }: CommandRequest): string {
  return `${argv[0]} could not be started in ${cwd}: it is not installed, or the folder is gone`;
}
