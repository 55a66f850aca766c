import { createConnection, openExchange } from "../client/connection.ts";
import { DaemonLoss } from "../client/loss.ts";
import type { StatePaths } from "../config/paths.ts";
import { ProfclawError } from "../core/errors.ts";
import { readProcess } from "../sandbox/process-table.ts";
import { findLockHolder } from "../store/sqlite/lock-holder.ts";

/**
 * What a knock at a daemon's socket finds. `silent`: connections are taken and none is answered, as by a
 * stopped process, whose kernel takes them. `foreign`: what answers is no daemon of profclaw.
 */
export type DoorState = "answering" | "silent" | "foreign" | "closed";

/** A daemon answers this in a millisecond; one that is starved by fifty others in a second. */
const answerWithinMs = 8_000;
const takeOver = "Take over from it: PROFCLAW_TAKEOVER=1 profclaw serve";

/**
 * Asks at the socket for a sign of life. A connection alone is none: a process that was killed a moment
 * ago, or is stopped, still gets them.
 */
export async function knock(socketPath: string, withinMs = answerWithinMs): Promise<DoorState> {
  const connection = createConnection({ socketPath });
  const signal = AbortSignal.timeout(withinMs);
  try {
    const response = await openExchange(connection, { method: "GET", target: "/healthz", signal });
    response.destroy();
    // A daemon that is stopping answers 503 until its socket is closed.
    return "answering";
  } catch (error) {
    if (signal.aborted) return "silent";
    return error instanceof DaemonLoss ? "closed" : "foreign";
  } finally {
    connection.agent.destroy();
  }
}

/** True if a daemon answers, false if none takes connections. Throws daemon-unreachable at one that hangs. */
export async function isAnswering(
  paths: Pick<StatePaths, "home" | "socket">,
  withinMs = answerWithinMs,
): Promise<boolean> {
  const state = await knock(paths.socket, withinMs);
  if (state === "answering" || state === "closed") return state === "answering";
  const how =
    state === "silent"
      ? `takes connections and has not answered for ${withinMs / 1000} s`
      : "does not answer as profclaw does";
  const { name, wayOn } = describeHolder(paths.home);
  throw new ProfclawError("daemon-unreachable", `${name ?? `What listens at ${paths.socket}`} ${how}.`, {
    hint: wayOn,
  });
}

/** The daemon that holds a state folder, if the kernel shows it, and what to type where it hangs. */
export function describeHolder(home: string): { name: string | null; wayOn: string } {
  const pid = findLockHolder(home);
  if (pid === null) return { name: null, wayOn: takeOver };
  const isStopped = readProcess(pid)?.isStopped === true;
  const goOn = isStopped ? `It is stopped. Let it go on: kill -CONT ${pid}\n` : "";
  return { name: `The daemon of ${home} (pid ${pid})`, wayOn: `${goOn}${takeOver}` };
}
