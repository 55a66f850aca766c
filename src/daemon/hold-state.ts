import { rmSync } from "node:fs";
import { connect } from "node:net";
import type { Env } from "../config/environment.ts";
import type { StatePaths } from "../config/paths.ts";
import { type StateLock, takeStateLock } from "../store/sqlite/state-lock.ts";

const retryMs = 250;

/**
 * Takes the state folder for this process, or says that another has it. Never waits for that one.
 * `PROFCLAW_TAKEOVER=1` takes it from a daemon that holds it and does not answer, stopped or hung: the
 * database's epoch passes to this process, and the other one, should it go on, writes nothing and ends.
 */
export async function holdState(paths: StatePaths, env: Env): Promise<StateLock> {
  const isTakeover = env["PROFCLAW_TAKEOVER"] === "1";
  // Its kernel still takes connections on it, which nobody will answer.
  if (isTakeover) rmSync(paths.socket, { force: true });
  const lock = takeStateLock(paths.home);
  if (lock.kind === "taken") {
    if (isTakeover || !(await isAnswering(paths.socket))) return lock;
    // It took over, and the lock has just been let go of by the one before it.
    lock.release();
    return { kind: "held" };
  }
  if (!isTakeover) return lock;
  return waitForLock(paths.home);
}

/** Gets the lock as soon as the other process lets go of it, so that a third one finds it held. */
function waitForLock(home: string): StateLock {
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
