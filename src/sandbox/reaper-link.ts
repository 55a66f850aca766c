import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { reaperArgument, toReaperLine, type ReaperOrder } from "./reaper.ts";

/** The daemon's end of the pipe to its one reaper process. */
export interface ReaperLink {
  /** Before a command starts: from now on it dies with us. */
  watch(commandId: string): void;
  /** Its first process, which leads its group. */
  setGroup(commandId: string, groupId: number): void;
  /** Before it is asked to end: its processes are found while their parents live. */
  remember(commandId: string): Promise<void>;
  /** Kills what is left of it. Resolves when nothing is, or after a bounded wait. */
  end(commandId: string): Promise<void>;
}

type ReaperProcess = ChildProcessByStdio<Writable, Readable, null>;

// A scan of a busy machine takes tens of milliseconds; a reaper that is just starting, fifty more.
const answerWaitMs = 300;

const maxFailures = 3;

let shared: ReaperLink | undefined;

/** One reaper per process, started with the first command. It never keeps the process alive. */
export function getReaper(): ReaperLink {
  shared ??= createReaperLink();
  return shared;
}

function createReaperLink(): ReaperLink {
  const groups = new Map<string, number>();
  const waiting = new Map<string, () => void>();
  let child: ReaperProcess | undefined;
  let failures = 0;

  const start = () => {
    const started = startReaper({ onAnswer, onExit: () => replace(started), groups });
    child = started;
    return started;
  };

  // Living commands must not stay unwatched; one that can not start at all is not tried for ever.
  const replace = (ended: ReaperProcess) => {
    if (child !== ended) return;
    child = undefined;
    failures += 1;
    if (groups.size > 0 && failures <= maxFailures) start();
  };

  const onAnswer = (line: string) => {
    failures = 0;
    waiting.get(line)?.();
  };

  const tell = (order: ReaperOrder) => (child ?? start()).stdin.write(toReaperLine(order));

  const ask = (order: ReaperOrder) => {
    const answered = waitForAnswer(toReaperLine(order).trimEnd(), waiting);
    tell(order);
    return answered;
  };

  return {
    watch(commandId) {
      groups.set(commandId, 0);
      tell({ kind: "watch", commandId });
    },
    setGroup(commandId, groupId) {
      groups.set(commandId, groupId);
      tell({ kind: "group", commandId, groupId });
    },
    remember: (commandId) => ask({ kind: "remember", commandId }),
    async end(commandId) {
      await ask({ kind: "end", commandId });
      groups.delete(commandId);
    },
  };
}

/** Bounded: a reaper that has died must not hold the end of a command. */
function waitForAnswer(line: string, waiting: Map<string, () => void>): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      waiting.delete(line);
      resolve();
    };
    const timer = setTimeout(finish, answerWaitMs);
    waiting.set(line, finish);
  });
}

interface ReaperEvents {
  /** The order it has carried out, as its line. */
  onAnswer: (line: string) => void;
  onExit: () => void;
  /** Commands that live: a reaper that had to be started again must know them too. */
  groups: ReadonlyMap<string, number>;
}

function startReaper(events: ReaperEvents): ReaperProcess {
  // As a .ts file in the source tree, as .js once compiled: like this file.
  const file = fileURLToPath(new URL(`./reaper${extname(import.meta.url)}`, import.meta.url));
  // Its own session: a signal to the daemon's group must not reach it. No environment: it needs no key.
  const child = spawn(process.execPath, ["--max-old-space-size=64", file, reaperArgument], {
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
    cwd: "/",
    env: {},
  });
  child.on("error", () => events.onExit());
  child.on("exit", () => events.onExit());
  child.stdin.on("error", () => undefined);
  readLines(child.stdout, events.onAnswer);
  for (const [commandId, groupId] of events.groups) {
    child.stdin.write(toReaperLine({ kind: "group", commandId, groupId }));
  }
  letProcessEnd(child);
  return child;
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(onLine);
  });
}

function letProcessEnd(child: ReaperProcess): void {
  child.unref();
  // Pipes of a child are sockets, which its type does not say.
  for (const pipe of [child.stdin, child.stdout]) {
    if ("unref" in pipe && typeof pipe.unref === "function") pipe.unref();
  }
}
