import { systemClock } from "../core/clock.ts";
import type { SessionId } from "../core/id.ts";
import type { Log } from "../core/log.ts";
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
import { toTraceText } from "./log/trace-text.ts";

// What Node itself ends with.
const uncaughtExitCode = 1;

/** Where a crash is told. */
export interface CrashPlace {
  paths: { home: string };
  log: Log;
  secrets: { redact(text: string): string };
  exit(code: number): never;
}

/**
 * Until disposed of, an exception that nobody catches leaves a record and a line in the log, without
 * secrets, and ends the process. Node itself would print the error with all that hangs on it.
 */
export function watchForCrash(place: CrashPlace, sessionsInSlot: () => SessionId[]): Disposable {
  const record = (error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void => {
    appendCrash(toCrashPath(place.paths.home), {
      at: new Date(systemClock.now()).toISOString(),
      how: place.secrets.redact(`${origin}: ${toTraceText(error)}`),
      culprit: currentSession() ?? null,
      present: sessionsInSlot(),
    });
  };
  const end = (error: unknown): void => {
    const sessionId = currentSession();
    place.log(`nobody caught: ${toTraceText(error)}`, {
      level: "error",
      ...(sessionId === undefined ? {} : { sessionId }),
    });
    place.exit(uncaughtExitCode);
  };
  // Before any other listener, whatever they do.
  process.on("uncaughtExceptionMonitor", record).on("uncaughtException", end);
  return {
    [Symbol.dispose]() {
      process.off("uncaughtExceptionMonitor", record).off("uncaughtException", end);
    },
  };
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
