import { parentPort, workerData } from "node:worker_threads";
import type { Connection, ConnectionOptions } from "./connection.ts";
import { openConnection } from "./connection.ts";
import { runGroup } from "./run-group.ts";
import type { CallGroup } from "./store-link.ts";
import type { OpeningMessage } from "./worker-messages.ts";
import { toGroupMessage, toWireError } from "./worker-messages.ts";

// The thread of openSqliteStore: opens the database, says so, answers groups until it is told to close.

/** What the store tells its worker. */
export type WorkerRequest = { kind: "run"; group: CallGroup } | { kind: "close" };

function serve(connection: Connection): void {
  parentPort?.on("message", (request: WorkerRequest) => {
    if (request.kind === "close") {
      connection.database.close();
      parentPort?.close();
      return;
    }
    const { now, calls } = request.group;
    parentPort?.postMessage(toGroupMessage(runGroup({ ...connection, now }, calls)));
  });
}

function open(): OpeningMessage {
  try {
    const connection = openConnection(workerData as ConnectionOptions);
    serve(connection);
    return { kind: "open", epoch: connection.epoch };
  } catch (error) {
    return { kind: "refused", error: toWireError(error) };
  }
}

parentPort?.postMessage(open());
