import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { reaperArgument, toReaperLine } from "./reaper.ts";

/** The daemon's end of the pipe to its one reaper process. */
export interface ReaperLink {
  /** Before a command starts: from now on it dies with us. */
  watch(commandId: string): void;
  /** Its first process, which leads its group. */
  setGroup(commandId: string, groupId: number): void;
  /** Kills what is left of it. Resolves when nothing is, or after a bounded wait. */
  end(commandId: string): Promise<void>;
}

type ReaperProcess = ChildProcessByStdio<Writable, Readable, null>;

// A scan of a busy machine takes tens of milliseconds; a reaper that is just starting, fifty more.
const answerWaitMs = 600;

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

  const tell = (line: string) => {
    child ??= startReaper({
      onClean: (id) => waiting.get(id)?.(),
      onExit: () => (child = undefined),
      groups,
    });
    child.stdin.write(line);
  };

  return {
    watch(commandId) {
      tell(toReaperLine({ kind: "watch", commandId }));
      groups.set(commandId, 0);
    },
    setGroup(commandId, groupId) {
      groups.set(commandId, groupId);
      tell(toReaperLine({ kind: "group", commandId, groupId }));
    },
    async end(commandId) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, answerWaitMs);
        waiting.set(commandId, () => {
          clearTimeout(timer);
          resolve();
        });
        tell(toReaperLine({ kind: "end", commandId }));
      });
      waiting.delete(commandId);
      groups.delete(commandId);
    },
  };
}

interface ReaperEvents {
  onClean(commandId: string): void;
  onExit(): void;
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
  readLines(child.stdout, (line) => events.onClean(line.replace(/^clean /, "")));
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
