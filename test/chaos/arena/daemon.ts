import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { until } from "./until.ts";

/** How a process ended. */
export interface DaemonEnd {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** Date.now() when it was seen. */
  at: number;
}

/** A daemon that was started, which may have ended by now. */
export interface Daemon {
  pid: number;
  /** Set once it has ended. */
  readonly end: DaemonEnd | null;
  readonly ended: Promise<DaemonEnd>;
  signal(name: NodeJS.Signals): void;
  /** True once its socket takes connections; false if it ended before. */
  ready(withinMs?: number): Promise<boolean>;
  kill(): Promise<DaemonEnd>;
}

export interface DaemonLaunch {
  script: string;
  env: Readonly<Record<string, string>>;
  cwd: string;
  logFile: string;
  socketPath: string;
}

export function launchDaemon(launch: DaemonLaunch): Daemon {
  const log = openSync(launch.logFile, "a");
  const child = spawn(process.execPath, [launch.script], {
    cwd: launch.cwd,
    env: launch.env,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  return watch(child, launch);
}

function watch(child: ChildProcess, { socketPath, logFile }: DaemonLaunch): Daemon {
  let end: DaemonEnd | null = null;
  const ended = once(child, "exit").then(([exitCode, signal]): DaemonEnd => {
    end = { exitCode: exitCode as number | null, signal: signal as NodeJS.Signals | null, at: Date.now() };
    return end;
  });
  return {
    pid: child.pid ?? -1,
    get end() {
      return end;
    },
    ended,
    signal: (name) => void child.kill(name),
    async ready(withinMs = 15_000) {
      // An older daemon's socket may still lie there: nothing listens on it.
      await until(
        `the daemon is ready:\n${readTail(logFile)}`,
        async () => end !== null || (await isListening(socketPath)),
        { withinMs },
      );
      return end === null;
    },
    kill() {
      child.kill("SIGKILL");
      return ended;
    },
  };
}

function isListening(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function readTail(path: string): string {
  try {
    return readFileSync(path, "utf8").slice(-2_000);
  } catch {
    return "";
  }
}
