import { type Evidence, type SeenSession, gatherEvidence, listSessions } from "../invariants/evidence.ts";
import type { Arena } from "./arena.ts";
import type { Daemon } from "./daemon.ts";
import { until } from "./until.ts";

const living = new Set(["queued", "running", "waiting"]);

/** How many sessions have not ended. */
export async function countLiving(arena: Arena): Promise<number> {
  return (await listSessions(arena)).filter(({ status }) => living.has(status)).length;
}

/** Waits until every session has ended; throws with those that have not. */
export async function untilAllEnded(arena: Arena, withinMs = 60_000): Promise<void> {
  let left: SeenSession[] = [];
  const look = async (): Promise<boolean> => {
    left = (await listSessions(arena)).filter(({ status }) => living.has(status));
    return left.length === 0;
  };
  const all = until("all sessions have ended", look, { withinMs, pauseMs: 100 });
  await all.catch((error: unknown) => {
    const shown = left.slice(0, 5).map(({ id, status, reason }) => `${id} ${status} ${reason ?? ""}`);
    throw new Error(`${String(error)}: ${left.length} still live: ${shown.join("; ")}`);
  });
}

/** Lets the daemon finish all that there is, ends it politely, and reads what it left. */
export async function finish(arena: Arena, daemon: Daemon, withinMs = 60_000): Promise<Evidence> {
  // What does not end in time is no accident of the suite: the evidence will say which.
  await untilAllEnded(arena, withinMs).catch(() => undefined);
  return gatherEvidence(arena, () => {
    daemon.signal("SIGTERM");
    return daemon.ended;
  });
}
