import { type ChildProcess, spawn } from "node:child_process";
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
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Env } from "../config/environment.ts";
import type { StatePaths } from "../config/paths.ts";
import { errorCatalog, ProfclawError } from "../core/errors.ts";
import { toReadableLine } from "../daemon/log/log-line.ts";
import { describeHolder, isAnswering } from "./daemon-door.ts";

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
/** Somebody may have deleted it. */
const announcedWithinMs = 2_000;

/**
 * Starts the daemon in the background and resolves once it answers. Of many that try at once one starts
 * it and the others wait for that one; should two start it all the same, the daemon's own lock leaves
 * one. Where another holds that lock and is about to die, it is tried until the lock is free. Throws
 * config-invalid, or daemon-unreachable with the log's last lines or who is in the way.
 */
export async function startDaemon(start: DaemonStart): Promise<void> {
  const { paths, withinMs } = start;
  const deadline = performance.now() + (withinMs ?? defaultWithinMs);
  mkdirSync(paths.logs, { recursive: true, mode: 0o700 });
  const turn = join(paths.home, "starting");
  let child: ChildProcess | undefined;
  let isHeld = false;
  let pauseMs = firstPollMs;
  try {
    while (!(await isAnswering(paths, withinMs))) {
      isHeld ||= hasGivenWay(child);
      if (hasFailed(child)) throw toStartFailure(paths, child);
      if (performance.now() > deadline) throw isHeld ? toHeldError(paths) : toStartFailure(paths, child);
      if (child === undefined ? takeTurn(turn) : hasGivenWay(child)) child = launch(start);
      await sleep(pauseMs);
      pauseMs = Math.min(longestPollMs, pauseMs * 1.2);
    }
    await untilAnnounced(paths);
  } finally {
    if (child !== undefined) leaveTurn(turn);
    child?.unref();
  }
}

/** It answers before it has taken up its sessions, and then says where it is: scripts read that file right away. */
async function untilAnnounced({ discovery }: StatePaths): Promise<void> {
  for (let waitedMs = 0; waitedMs < announcedWithinMs && !isAnnounced(discovery); waitedMs += firstPollMs) {
    await sleep(firstPollMs);
  }
}

/** The file of one that was killed stays, and names its port. */
function isAnnounced(discovery: string): boolean {
  try {
    const { pid } = JSON.parse(readFileSync(discovery, "utf8")) as { pid?: unknown };
    return process.kill(Number(pid), 0);
  } catch (error) {
    return isCode(error, "EPERM");
  }
}

/** An end without an error is a supervisor whose daemon found the lock held: by one that will answer, or is dying. */
function hasGivenWay(child: ChildProcess | undefined): boolean {
  return child?.exitCode === 0;
}

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
  if (isTaken(path)) return false;
  leaveTurn(path);
  return false;
}

function isTaken(path: string): boolean {
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

function toStartFailure(paths: StatePaths, child: ChildProcess | undefined): ProfclawError {
  const lines = readTail(paths.daemonLog);
  if (child?.exitCode === errorCatalog["config-invalid"].exitCode) return toConfigError(lines);
  const log =
    lines.length === 0 ? "Its log is empty." : `The end of its log:\n${lines.map(toReadableLine).join("\n")}`;
  return new ProfclawError("daemon-unreachable", "The daemon did not start.", {
    hint: `${log}\nThe whole log: ${paths.daemonLog}\nSee it start: profclaw serve`,
  });
}

function toHeldError({ home, daemonLog }: StatePaths): ProfclawError {
  const { name, wayOn } = describeHolder(home);
  const text = `${name ?? `Another daemon, which is not seen from here, holds ${home} and`} takes no connections.`;
  return new ProfclawError("daemon-unreachable", text, { hint: `${wayOn}\nIts log: ${daemonLog}` });
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
