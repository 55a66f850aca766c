import { once } from "node:events";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { BackupOutcome } from "./backups.ts";
import type { ConnectionOptions } from "./connection.ts";
import type { SqliteStore, SqliteStoreOptions } from "./sqlite-store.ts";
import { createSqliteStore } from "./sqlite-store.ts";
import type { StoreLink } from "./store-link.ts";
import type { BackupMessage, GroupMessage, LossMessage, OpeningMessage } from "./worker-messages.ts";
import { fromGroupMessage, fromWireError } from "./worker-messages.ts";
import type { WorkerRequest, WorkerTask } from "./worker.ts";

/**
 * Opens the state and claims its next epoch. The database lives in a worker thread, so that the event
 * loop never waits for the disk. Files are 0600, new folders 0700. A damaged database is kept aside and
 * replaced by the last good backup: see `healed`. Rejects with ProfclawError("config-invalid") for a
 * SQLite that is too old, a database of a newer program or a file that cannot be used, with
 * ProfclawError("storage-full"), and with DamagedStoreError for damage that only a closer look finds:
 * open again.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const { clock, ...connectionOptions } = options;
  return createSqliteStore(await openWorkerLink({ ...connectionOptions, now: clock.now() }), options);
}

async function openWorkerLink(options: ConnectionOptions): Promise<StoreLink> {
  const worker = startWorker({ kind: "store", options });
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
    healed: opening.healed,
    ...connectGroups(worker),
    backUp: (now) => backUpInWorker(options.path, now),
    async close() {
      worker.postMessage({ kind: "close" } satisfies WorkerRequest);
      await ended;
    },
  };
}

async function backUpInWorker(path: string, now: number): Promise<BackupOutcome> {
  const [message] = (await once(startWorker({ kind: "backup", path, now }), "message")) as [BackupMessage];
  if (message.kind === "failed") throw fromWireError(message.error);
  return message.outcome;
}

function startWorker(task: WorkerTask): Worker {
  // tsc does not rewrite this name: the worker is .ts beside sources and .js beside compiled code.
  const url = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);
  return new Worker(url, { workerData: task, name: `profclaw-${task.kind}` });
}

interface PendingGroup {
  resolve(message: GroupMessage): void;
  reject(error: Error): void;
}

/** One group is out at a time. A worker that dies rejects it, and all that come after. */
function connectGroups(worker: Worker): Pick<StoreLink, "run" | "onLoss"> {
  let pending: PendingGroup | undefined;
  let death: Error | undefined;
  let tellLoss: ((error: Error) => void) | undefined;
  worker.on("message", (message: GroupMessage | LossMessage) => {
    if (message.kind === "loss") tellLoss?.(fromWireError(message.error));
    else pending?.resolve(message);
  });
  worker.on("error", (error) => {
    death = new Error("The store's thread has died.", { cause: error });
    tellLoss?.(death);
  });
  worker.on("exit", () => {
    death ??= new Error("The store's thread has ended.");
    pending?.reject(death);
  });
  return {
    async run(group) {
      if (death !== undefined) throw death;
      const answer = new Promise<GroupMessage>((resolve, reject) => {
        pending = { resolve, reject };
      });
      worker.postMessage({ kind: "run", group } satisfies WorkerRequest);
      return fromGroupMessage(await answer);
    },
    onLoss(tell) {
      tellLoss = tell;
    },
  };
}
