import { systemClock } from "../core/clock.ts";
import type { SessionId } from "../core/id.ts";
import { currentSession } from "../engine/session-context.ts";
import type { Store } from "../store/store.ts";
import {
  appendCrash,
  completeCrashes,
  findQuarantined,
  isUnfinished,
  readCrashes,
  toCrashPath,
} from "./crash-record.ts";

/** Until disposed of, an exception that nobody catches leaves a record before it ends the process. */
export function watchForCrash(home: string, sessionsInSlot: () => SessionId[]): Disposable {
  const record = (error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void => {
    appendCrash(toCrashPath(home), {
      at: new Date(systemClock.now()).toISOString(),
      how: `${origin}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      culprit: currentSession() ?? null,
      present: sessionsInSlot(),
    });
  };
  // It only looks on: the exception goes its way, and the process ends with it.
  process.on("uncaughtExceptionMonitor", record);
  return { [Symbol.dispose]: () => void process.off("uncaughtExceptionMonitor", record) };
}

/** Sessions that must not be run again, by what earlier daemons left on record. */
export async function readQuarantined(home: string, store: Store): Promise<Set<SessionId>> {
  const path = toCrashPath(home);
  const crashes = readCrashes(path);
  if (!isUnfinished(crashes)) return findQuarantined(crashes);
  return findQuarantined(completeCrashes(path, await listLeftInSlot(store)));
}

/** Who held a slot in the daemon before this one: a fatal error leaves no time to write it down. */
async function listLeftInSlot(store: Store): Promise<SessionId[]> {
  const live = await store.listLiveSessions();
  const left: SessionId[] = [];
  for (const { id, status, lastSeq } of live) {
    if (status !== "running") continue;
    const journal = await store.readJournal({ sessionId: id, afterSeq: 0, limit: lastSeq });
    const start = journal.findLast(({ event }) => event.type === "session-start")?.event;
    if (start?.type === "session-start" && start.epoch === store.epoch - 1) left.push(id);
  }
  return left;
}
