import { rmSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Env } from "../config/environment.ts";
import type { StatePaths } from "../config/paths.ts";
import { type StateLock, takeStateLock } from "../store/sqlite/state-lock.ts";
import { type HolderEnd, endHolder } from "./end-holder.ts";

/** The state folder in our hand; `account` is what the log should say of a takeover. */
export type StateHold = { kind: "held" } | { kind: "taken"; release(): void; account: string[] };

const retryMs = 250;
// A kill is a matter of milliseconds, unless the process hangs in the kernel.
const dyingMs = 2_000;
const pauseMs = 10;
// A supervisor may have brought the daemon back before we had the lock.
const mostKills = 3;

/**
 * Takes the state folder for this process, or says that another has it. Never waits for that one.
 * `PROFCLAW_TAKEOVER=1` takes it from a daemon that holds it and does not answer, stopped or hung: `end`
 * kills that daemon with its commands. Where it is beyond reach, the database's epoch alone holds it
 * back: should it go on, it writes nothing to the database and ends.
 */
export async function holdState(
  paths: StatePaths,
  env: Env,
  end: (home: string) => HolderEnd = endHolder,
): Promise<StateHold> {
  if (env["PROFCLAW_TAKEOVER"] === "1") {
    // Its kernel still takes connections on it, which nobody will answer.
    rmSync(paths.socket, { force: true });
    return takeOver(paths.home, end);
  }
  const lock = takeStateLock(paths.home);
  if (lock.kind === "held") return lock;
  if (!(await isAnswering(paths.socket))) return { ...lock, account: [] };
  // It took over, and the lock has just been let go of by the one before it.
  lock.release();
  return { kind: "held" };
}

async function takeOver(home: string, end: (home: string) => HolderEnd): Promise<StateHold> {
  const account: string[] = [];
  for (let kills = 0; kills < mostKills; kills += 1) {
    const lock = takeStateLock(home);
    if (lock.kind === "taken") return { ...lock, account };
    const outcome = end(home);
    if (outcome.kind === "beyond-reach") return fence(home, account, outcome.reason);
    const freed = await waitForDeath(home);
    const isClean = await outcome.left.end();
    account.push(
      `took the state folder over: killed the daemon that held it, pid ${outcome.pid}, and its commands` +
        (isClean ? "" : "; some of their processes could not be killed"),
    );
    if (freed.kind === "taken") return { ...freed, account };
  }
  return fence(home, account, "its holder does not die");
}

/** The lock as soon as the killed process is gone, all its threads with it. */
async function waitForDeath(home: string): Promise<StateLock> {
  const deadline = performance.now() + dyingMs;
  for (;;) {
    const lock = takeStateLock(home);
    if (lock.kind === "taken" || performance.now() > deadline) return lock;
    await sleep(pauseMs);
  }
}

function fence(home: string, account: readonly string[], reason: string): StateHold {
  const text =
    `took the state folder over from a daemon that could not be ended (${reason}): it can write nothing to ` +
    "the database any more, but a request or a command that it was about to start may still go out should it go on";
  return { ...waitForLock(home), account: [...account, text] };
}

/** Gets the lock as soon as the other process lets go of it, so that a third one finds it held. */
function waitForLock(home: string): { kind: "taken"; release(): void } {
  let lock: StateLock = { kind: "held" };
  const timer = setInterval(() => {
    lock = takeStateLock(home);
    if (lock.kind === "taken") clearInterval(timer);
  }, retryMs).unref();
  return {
    kind: "taken",
    release() {
      clearInterval(timer);
      if (lock.kind === "taken") lock.release();
    },
  };
}

function isAnswering(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socketPath);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
}
