import { setTimeout as sleep } from "node:timers/promises";
import { operations } from "../contract/operations.ts";
import { systemClock } from "../core/clock.ts";
import { createDeferred } from "../core/deferred.ts";
import { implementOperations, implementStreams } from "../operations/implement.ts";
import type { OperationParts } from "../operations/parts.ts";
import { type RunningServer, startServer } from "../server/start-server.ts";
import { openSqliteStore } from "../store/sqlite/open-sqlite-store.ts";
import { readOrMakeToken } from "./admin-token.ts";
import { toFailpointStep } from "./arm-failpoints.ts";
import { type DaemonSetting, composeDaemon } from "./compose.ts";
import { removeDiscovery, writeDiscovery } from "./discovery.ts";
import { createIdleWatch } from "./idle-watch.ts";
import { withTouch } from "./with-touch.ts";

export interface DaemonRun extends DaemonSetting {
  listen: { port: number; hosts: readonly string[]; fallbackToFreePort: boolean };
  /** Ends after so long without use; null: never. */
  idleExitMs: number | null;
  /** Called once it serves. */
  onReady(parts: OperationParts): void;
  /** Aborted by SIGTERM and SIGINT. */
  stop: AbortSignal;
}

// Together under the ten seconds that a stop may take.
const drainMs = 7_000;
const closeMs = 500;

/** Runs a daemon on a state folder whose lock is held, until it is stopped or idle. Resolves when all is closed. */
export async function runDaemon(run: DaemonRun): Promise<void> {
  const stopped = createDeferred<void>();
  const stop = (): void => stopped.resolve();
  run.stop.addEventListener("abort", stop, { once: true });
  const toStore = toFailpointStep(run.env);
  const store = toStore(
    await openSqliteStore({
      path: run.paths.database,
      artifactsPath: run.paths.artifacts,
      clock: systemClock,
    }),
  );
  let server: RunningServer | undefined;
  const parts = composeDaemon(run, store, {
    port: () => server?.port ?? null,
    urls: () => server?.urls ?? [],
    // The answer to the one who asked goes out first.
    stop: () => void sleep(20).then(stop),
  });
  using idle = createIdleWatch(systemClock, {
    hasWork: () => Object.values(parts.engine.poolState()).some((count) => count > 0),
    afterMs: run.idleExitMs ?? Number.POSITIVE_INFINITY,
    onIdle: stop,
  });
  try {
    server = await serveParts(run, parts, () => idle.touch());
    await parts.engine.recover();
    announce(run, server);
    run.onReady(parts);
    await stopped.promise;
  } finally {
    removeDiscovery(run.paths.discovery);
    const closing = server?.close(closeMs);
    await parts.engine.drain(drainMs);
    await closing;
    await store.close();
  }
}

function serveParts(run: DaemonRun, parts: OperationParts, touch: () => void): Promise<RunningServer> {
  return startServer({
    operations,
    handlers: withTouch(implementOperations(parts), touch),
    streams: implementStreams(parts),
    token: readOrMakeToken(run.paths.token),
    socketPath: run.paths.socket,
    listen: run.listen,
    version: run.version,
    health: () => ({ ready: true, reason: null }),
    log: ({ errorId, error }) =>
      run.log(`error ${errorId}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  });
}

function announce(run: DaemonRun, server: RunningServer): void {
  writeDiscovery(run.paths.discovery, {
    pid: process.pid,
    started_at: new Date(systemClock.now()).toISOString(),
    port: server.port,
    version: run.version,
  });
}
