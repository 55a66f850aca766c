import { statSync } from "node:fs";
import { StaleEpochError } from "../store.ts";
import type { Connection } from "./connection.ts";
import { sizeOf } from "./database-files.ts";

const walLimitBytes = 32 * 1024 * 1024;
const checkpointTries = 8;
const checkpointPatienceMs = 150;
// Writes wait meanwhile: where a reader stays for long, it is not tried at every group of calls.
const triedAgainAfterMs = 15_000;

/** Looks after an open connection. */
export interface ConnectionWatch {
  /** Throws StaleEpochError once a later daemon owns the state. */
  checkOwner(): void;
  /** Empties a WAL that has grown large; call it after writes. Costs a stat(2). */
  boundWal(): void;
}

/**
 * A daemon that was stopped and goes on notices by this that it was replaced, also if it has nothing to
 * write: by the epoch, or because another file lies where its database was.
 */
export function watchConnection(connection: Connection): ConnectionWatch {
  const { files, database } = connection;
  const { ino } = statSync(files.database);
  let failedAt = Number.NEGATIVE_INFINITY;
  return {
    checkOwner() {
      const found = connection.statement("SELECT epoch FROM meta").get()?.["epoch"];
      const present = statSync(files.database, { throwIfNoEntry: false })?.ino;
      if (found !== connection.epoch || present !== ino) {
        throw new StaleEpochError(`Epoch ${connection.epoch} is over: a later daemon owns this state.`);
      }
    },
    boundWal() {
      if ((sizeOf(`${files.database}-wal`) ?? 0) <= walLimitBytes) return;
      if (performance.now() - failedAt < triedAgainAfterMs) return;
      if (!emptyWal(database)) failedAt = performance.now();
    },
  };
}

/**
 * Commits checkpoint as far as readers let them; while one reader follows on another, the WAL never
 * starts anew by itself. This waits for those that read now, and keeps others from reading the WAL. In
 * several short tries: SQLite waits for a reader's slot without seeing that a new reader, which is in
 * nobody's way, has taken it. False if one of them stayed too long.
 */
function emptyWal(database: Connection["database"]): boolean {
  const before = Number(database.prepare("PRAGMA busy_timeout").get()?.["timeout"]);
  database.exec(`PRAGMA busy_timeout = ${checkpointPatienceMs}`);
  try {
    const checkpoint = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)");
    return Array.from({ length: checkpointTries }).some(() => checkpoint.get()?.["busy"] === 0);
  } finally {
    database.exec(`PRAGMA busy_timeout = ${before}`);
  }
}
