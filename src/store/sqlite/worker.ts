import { parentPort, workerData } from "node:worker_threads";
import { tidyHeapOnce } from "../../core/tidy-heap.ts";
import { takeBackup } from "./backups.ts";
import type { Connection, ConnectionOptions } from "./connection.ts";
import { openConnection } from "./connection.ts";
import { toDatabaseFiles } from "./database-files.ts";
import { runGroup } from "./run-group.ts";
import { toStoreError } from "./sqlite-errors.ts";
import type { CallGroup } from "./store-link.ts";
import type { ConnectionWatch } from "./watch-connection.ts";
import { watchConnection } from "./watch-connection.ts";
import type { BackupMessage, LossMessage, OpeningMessage } from "./worker-messages.ts";
import { toGroupMessage, toWireError } from "./worker-messages.ts";

// The threads of openSqliteStore: one opens the database, says so, answers groups until it is told to
// close; another is started for each backup, so that copying and checking never stops a write.

/** What the store tells its worker. */
export type WorkerRequest = { kind: "run"; group: CallGroup } | { kind: "close" };

/** What a worker is started for. */
export type WorkerTask =
  | { kind: "store"; options: ConnectionOptions }
  | { kind: "backup"; path: string; now: number };

const watchEveryMs = 1_000;
const calmMs = 100;

function serve(connection: Connection): void {
  const state = watchConnection(connection);
  const stopWatching = watchOwner(state);
  let servedAt = performance.now();
  tidyHeapOnce(() => performance.now() - servedAt < calmMs);
  parentPort?.on("message", (request: WorkerRequest) => {
    if (request.kind === "close") {
      stopWatching();
      connection.database.close();
      parentPort?.close();
      return;
    }
    const { now, calls } = request.group;
    parentPort?.postMessage(toGroupMessage(runGroup({ ...connection, now }, calls)));
    state.boundWal();
    servedAt = performance.now();
  });
}

function watchOwner(state: ConnectionWatch): () => void {
  const timer = setInterval(() => {
    try {
      state.checkOwner();
    } catch (error) {
      clearInterval(timer);
      parentPort?.postMessage({
        kind: "loss",
        error: toWireError(toStoreError(error)),
      } satisfies LossMessage);
    }
  }, watchEveryMs);
  return () => clearInterval(timer);
}

async function open(options: ConnectionOptions): Promise<OpeningMessage> {
  try {
    const { connection, healed } = await openConnection(options);
    serve(connection);
    return { kind: "open", epoch: connection.epoch, healed };
  } catch (error) {
    return { kind: "refused", error: toWireError(error) };
  }
}

async function backUp(path: string, now: number): Promise<BackupMessage> {
  try {
    const outcome = await takeBackup(toDatabaseFiles(path), { now, isBeforeMigration: false });
    return { kind: "done", outcome };
  } catch (error) {
    return { kind: "failed", error: toWireError(error) };
  }
}

const task = workerData as WorkerTask;
parentPort?.postMessage(task.kind === "store" ? await open(task.options) : await backUp(task.path, task.now));
