import { spawn, type ChildProcessByStdio } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Readable, Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as delay } from "node:timers/promises";
import { toCommandEnvironment } from "./command-environment.ts";
import { drainPipes } from "./drain-pipes.ts";
import { getReaper } from "./reaper-link.ts";
import { noteCommand } from "./running-commands.ts";

/** A program that is spoken to line by line for as long as somebody needs it. */
export interface LineProgram {
  argv: readonly [string, ...string[]];
  cwd: string;
  path: string;
  sessionId: string;
  /** On top of the clean environment; never keys of ours. */
  environment: Readonly<Record<string, string>>;
  onLine(line: string): void;
  /** Once, with what to tell people; its processes are gone by then, or going. */
  onEnd(reason: string): void;
}

export interface LineProcess {
  /** False if it takes no more. */
  write(line: string): boolean;
  /** Resolves when everything it started is gone. */
  end(): Promise<void>;
}

const graceMs = 300;
const drainMs = 200;
const longestLine = 8 * 1024 * 1024;
/** More than this in a second is a flood. */
const mostPerSecond = 32 * 1024 * 1024;
const keptErrors = 1_000;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Starts it in a group of its own, with an environment built from nothing; the reaper ends it if we die. Never
 * throws: what can not start ends at once, with the reason.
 */
export function startLineProcess(program: LineProgram): LineProcess {
  const commandId = randomUUID();
  const reaper = getReaper();
  reaper.watch(commandId);
  const child = startChild(program, commandId);
  if (child === null) {
    queueMicrotask(() => program.onEnd(describeMissing(program)));
    return { write: () => false, end: () => reaper.end(commandId) };
  }
  const noted = noteCommand(child.pid, program.sessionId);
  if (child.pid !== undefined) reaper.setGroup(commandId, child.pid);
  let ending: Promise<void> | undefined;
  let isOver = false;
  const end = (): Promise<void> =>
    (ending ??= endChild(child, commandId).finally(() => noted[Symbol.dispose]()));
  const over = (reason: string): void => {
    if (isOver) return;
    isOver = true;
    void end();
    program.onEnd(reason);
  };
  const errors = keepErrors(child);
  readLines(child, { onLine: (line) => program.onLine(line), onFault: over });
  child.stdin.on("error", () => undefined);
  child.once("error", () => over(describeMissing(program)));
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  child.once("exit", (code, signal) => {
    // Its last lines count.
    void drainPipes(child, closed, drainMs).then(() =>
      over(`it ended (${signal ?? `exit ${code}`})${errors()}`),
    );
  });
  return {
    write: (line) => !isOver && child.stdin.writable && (child.stdin.write(`${line}\n`), true),
    end,
  };
}

function startChild(
  { argv, cwd, path, sessionId, environment }: LineProgram,
  commandId: string,
): Child | null {
  const [command, ...args] = argv;
  const clean = toCommandEnvironment({ path, sessionId, commandId });
  try {
    // The marker last: a server's own settings must not hide it from the reaper.
    const env = { ...clean, ...environment, ...pickMarkers(clean) };
    return spawn(command, args, { cwd, detached: true, stdio: ["pipe", "pipe", "pipe"], env });
  } catch {
    return null;
  }
}

function pickMarkers(clean: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(clean).filter(([name]) => name.startsWith("PROFCLAW_")));
}

async function endChild(child: Child, commandId: string): Promise<void> {
  const { pid } = child;
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  if (pid !== undefined && child.exitCode === null && child.signalCode === null) {
    await getReaper().remember(commandId);
    // A closed stdin is how a server is asked to leave; SIGTERM is for those that do not listen.
    child.stdin.end();
    kill(pid, "SIGTERM");
    await Promise.race([exited, delay(graceMs)]);
  }
  await getReaper().end(commandId);
  if (pid !== undefined) kill(pid, "SIGKILL");
  child.stdout.destroy();
  child.stderr.destroy();
}

function kill(groupId: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(-groupId, signal);
  } catch {
    // The whole group is gone already.
  }
}

function readLines(
  child: Child,
  { onLine, onFault }: { onLine: (line: string) => void; onFault: (reason: string) => void },
): void {
  const decoder = new StringDecoder("utf8");
  let [rest, second, inSecond] = ["", 0, 0];
  child.stdout.on("data", (chunk: Buffer) => {
    const now = Math.floor(performance.now() / 1_000);
    inSecond = now === second ? inSecond + chunk.length : chunk.length;
    second = now;
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() ?? "";
    if (inSecond > mostPerSecond) return onFault(`it sent more than ${mostPerSecond} bytes in a second`);
    if (rest.length > longestLine) return onFault(`it sent a line of more than ${longestLine} characters`);
    for (const line of lines) onLine(line);
  });
}

/** The end of what it wrote to stderr, which is where servers say what is wrong. */
function keepErrors(child: Child): () => string {
  let kept = "";
  child.stderr.on("data", (chunk: Buffer) => {
    kept = (kept + chunk.toString("utf8")).slice(-keptErrors);
  });
  return () => (kept.trim() === "" ? "" : `, and said: ${kept.trim()}`);
}

function describeMissing({ argv, cwd }: LineProgram): string {
  return `${argv[0]} could not be started in ${cwd}: it is not installed, or the folder is gone`;
}
