import { once } from "node:events";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { ConnectionOptions } from "./connection.ts";
import type { SqliteStore, SqliteStoreOptions } from "./sqlite-store.ts";
import { createSqliteStore } from "./sqlite-store.ts";
import type { StoreLink } from "./store-link.ts";
import type { GroupMessage, OpeningMessage } from "./worker-messages.ts";
import { fromGroupMessage, fromWireError } from "./worker-messages.ts";
import type { WorkerRequest } from "./worker.ts";

/**
 * Opens the state and claims its next epoch. The database lives in a worker thread, so that the event
 * loop never waits for the disk. Files are 0600, new folders 0700. Rejects with
 * ProfclawError("config-invalid") for a SQLite that is too old, a database of a newer program or a file
 * that cannot be used, and with ProfclawError("storage-full").
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const { clock, ...connectionOptions } = options;
  return createSqliteStore(await openWorkerLink(connectionOptions), clock);
}

async function openWorkerLink(options: ConnectionOptions): Promise<StoreLink> {
  const worker = startWorker(options);
  const ended = new Promise<void>((resolve) => {
    worker.once("exit", () => resolve());
  });
  const [opening] = (await once(worker, "message")) as [OpeningMessage];
  if (opening.kind === "refused") {
    await ended;
    throw fromWireError(opening.error);
  }
  return {
    epoch: opening.epoch,
    run: connectGroups(worker),
    async close() {
      worker.postMessage({ kind: "close" } satisfies WorkerRequest);
      await ended;
    },
  };
}

function startWorker(options: ConnectionOptions): Worker {
  // tsc does not rewrite this name: the worker is .ts beside sources and .js beside compiled code.
  const url = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);
  return new Worker(url, { workerData: options, name: "profclaw-store" });
}

interface PendingGroup {
  resolve(message: GroupMessage): void;
  reject(error: Error): void;
}

/** One group is out at a time. A worker that dies rejects it, and all that come after. */
function connectGroups(worker: Worker): StoreLink["run"] {
  let pending: PendingGroup | undefined;
  let death: Error | undefined;
  worker.on("message", (message: GroupMessage) => pending?.resolve(message));
  worker.on("error", (error) => {
    death = new Error("The store's thread has died.", { cause: error });
  });
  worker.on("exit", () => {
    death ??= new Error("The store's thread has ended.");
    pending?.reject(death);
  });
  return async (group) => {
    if (death !== undefined) throw death;
    const answer = new Promise<GroupMessage>((resolve, reject) => {
      pending = { resolve, reject };
    });
    worker.postMessage({ kind: "run", group } satisfies WorkerRequest);
    return fromGroupMessage(await answer);
  };
}
