import { spawn, type ChildProcess } from "node:child_process";
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Env } from "../config/environment.ts";
import type { StatePaths } from "../config/paths.ts";
import { errorCatalog, ProfclawError } from "../core/errors.ts";
import { toReadableLine } from "../daemon/log/log-line.ts";

export interface DaemonStart {
  env: Env;
  cwd: string;
  paths: StatePaths;
  /** The program that runs the daemon and brings it back after a crash. */
  supervisor?: string;
  /** Default 15,000. */
  withinMs?: number;
}

const firstPollMs = 15;
const longestPollMs = 100;
const defaultWithinMs = 15_000;

/** True if something accepts connections on the daemon's socket. */
export function isAnswering(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/**
 * Starts the daemon in the background and resolves once its socket answers. Of many that try at once
 * one starts it and the others wait for that one; should two start it all the same, the daemon's own
 * lock leaves one. Throws config-invalid or daemon-unreachable with the log's last lines.
 */
export async function startDaemon(start: DaemonStart): Promise<void> {
  const { paths } = start;
  const deadline = performance.now() + (start.withinMs ?? defaultWithinMs);
  mkdirSync(paths.logs, { recursive: true, mode: 0o700 });
  const turn = join(paths.home, "starting");
  let child: ChildProcess | undefined;
  let pauseMs = firstPollMs;
  try {
    while (!(await isAnswering(paths.socket))) {
      if (child === undefined && takeTurn(turn)) child = launch(start);
      if (hasFailed(child) || performance.now() > deadline) throw toStartFailure(start, child);
      await sleep(pauseMs);
      pauseMs = Math.min(longestPollMs, pauseMs * 1.2);
    }
  } finally {
    if (child !== undefined) leaveTurn(turn);
    child?.unref();
  }
}

/** An end without an error is a supervisor that found another one's daemon: that one will answer. */
function hasFailed(child: ChildProcess | undefined): boolean {
  return child !== undefined && ((child.exitCode ?? 0) !== 0 || child.signalCode !== null);
}

function launch({ env, cwd, paths, supervisor }: DaemonStart): ChildProcess {
  const log = openSync(paths.daemonLog, "a", 0o600);
  try {
    const child = spawn(process.execPath, [supervisor ?? defaultSupervisor()], {
      cwd,
      env: { ...withoutMarkers(env), PROFCLAW_HOME: paths.home },
      detached: true,
      stdio: ["ignore", log, log],
    });
    // Its folder may have gone; the wait for it then ends with the log's last lines.
    child.once("error", (error) => appendFileSync(paths.daemonLog, `profclaw: ${error.message}\n`));
    return child;
  } finally {
    closeSync(log);
  }
}

const markers = new Set([
  "PROFCLAW_SESSION_ID",
  "PROFCLAW_PARENT_ID",
  "PROFCLAW_COMMAND_ID",
  "PROFCLAW_TOKEN",
]);

/** A daemon that a session's command starts belongs to nobody: it must not be swept away with the command. */
function withoutMarkers(env: Env): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !markers.has(name)));
}

/** Beside us in the same build; a checkout that runs its sources has a .ts there. */
function defaultSupervisor(): string {
  const suffix = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return fileURLToPath(new URL(`../daemon/supervisor.${suffix}`, import.meta.url));
}

/** True for the one that is to start it. A turn whose holder died is taken over. */
function takeTurn(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw error;
  }
  if (isHeld(path)) return false;
  leaveTurn(path);
  return false;
}

function isHeld(path: string): boolean {
  try {
    if (Date.now() - statSync(path).mtimeMs > defaultWithinMs) return false;
    const pid = Number(readFileSync(path, "utf8"));
    // Just made and not yet written: its maker is about to.
    return pid === 0 || process.kill(pid, 0);
  } catch (error) {
    return isCode(error, "EPERM");
  }
}

function leaveTurn(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isCode(error, "ENOENT")) throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function toStartFailure({ paths }: DaemonStart, child: ChildProcess | undefined): ProfclawError {
  const lines = readTail(paths.daemonLog);
  if (child?.exitCode === errorCatalog["config-invalid"].exitCode) return toConfigError(lines);
  const log =
    lines.length === 0 ? "Its log is empty." : `The end of its log:\n${lines.map(toReadableLine).join("\n")}`;
  return new ProfclawError("daemon-unreachable", "The daemon did not start.", {
    hint: `${log}\nThe whole log: ${paths.daemonLog}\nSee it start: profclaw serve`,
  });
}

/** The daemon told its log what it would have told a person: "profclaw: …", then the hint. */
function toConfigError(lines: readonly string[]): ProfclawError {
  const at = lines.findLastIndex((line) => line.startsWith(saidByProgram));
  const [detail = "A setting is wrong.", ...hint] = lines.slice(Math.max(0, at));
  return new ProfclawError("config-invalid", detail.replace(saidByProgram, ""), { hint: hint.join("\n") });
}

const saidByProgram = "profclaw: ";
const tailLines = 10;

function readTail(path: string): string[] {
  try {
    return readFileSync(path, "utf8").trimEnd().split("\n").filter(Boolean).slice(-tailLines);
  } catch {
    return [];
  }
}
