import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";
import { ProfclawError } from "../../core/errors.ts";
import { migrate } from "./migrate.ts";
import { migrations } from "./migrations.ts";
import { createPrivateFile, createPrivateFolder } from "./private-files.ts";
import { isDamaged, isUnusable, toStoreError } from "./sqlite-errors.ts";
import { checkSqliteVersion } from "./sqlite-version.ts";
import { inTransaction } from "./transaction.ts";

/** An open database that owns an epoch; one per store. */
export interface Connection {
  readonly database: DatabaseSync;
  readonly artifactsPath: string;
  readonly epoch: number;
  /** Signs cursors, so that one we never gave is known. */
  readonly cursorSecret: string;
  /** Prepared once per text. */
  statement(sql: string): StatementSync;
}

/** What the statements of one group see: the connection and the time of the group, ms. */
export interface Scope extends Connection {
  readonly now: number;
}

export interface ConnectionOptions {
  /** The database file. */
  path: string;
  /** The folder of the artifacts' texts. */
  artifactsPath: string;
  /** The database refuses to grow beyond this; no limit without it. */
  maxSizeBytes?: number;
}

const busyTimeoutMs = 5_000;
const pageSizeBytes = 4_096;
const walLimitBytes = 64 * 1024 * 1024;

/**
 * Opens the database (files 0600, new folders 0700), brings its schema up to date and takes the next
 * epoch. Throws ProfclawError("config-invalid") for a SQLite that is too old, a database that is too
 * new, and a file that cannot be used; ProfclawError("storage-full") for a full disk.
 */
export function openConnection(options: ConnectionOptions): Connection {
  try {
    createPrivateFolder(dirname(options.path));
    createPrivateFolder(options.artifactsPath);
    createPrivateFile(options.path);
    return connect(options);
  } catch (error) {
    throw toOpeningError(options.path, error);
  }
}

function connect(options: ConnectionOptions): Connection {
  // The timeout from the first statement on: the switch to WAL is one that can meet another start.
  const database = new DatabaseSync(options.path, { timeout: busyTimeoutMs });
  try {
    prepareDatabase(database, options);
    return { ...claimEpoch(database), ...cacheStatements(database), artifactsPath: options.artifactsPath };
  } catch (error) {
    database.close();
    throw error;
  }
}

function prepareDatabase(database: DatabaseSync, options: ConnectionOptions): void {
  checkSqliteVersion(String(database.prepare("SELECT sqlite_version() AS version").get()?.["version"]));
  // Before WAL: a database of a newer program must stay as it is.
  migrate(database, migrations);
  requireWal(database);
  database.exec("PRAGMA synchronous = FULL");
  database.exec("PRAGMA foreign_keys = ON");
  database.exec("PRAGMA wal_autocheckpoint = 1000");
  database.exec(`PRAGMA journal_size_limit = ${walLimitBytes}`);
  if (options.maxSizeBytes !== undefined) {
    database.exec(`PRAGMA max_page_count = ${Math.ceil(options.maxSizeBytes / pageSizeBytes)}`);
  }
}

function requireWal(database: DatabaseSync): void {
  const mode = database.prepare("PRAGMA journal_mode = WAL").get()?.["journal_mode"];
  if (mode === "wal") return;
  throw new ProfclawError(
    "config-invalid",
    `The file system of the state folder cannot hold a SQLite WAL (it stays "${String(mode)}"). ` +
      "Set PROFCLAW_HOME to a folder on a local disk.",
  );
}

function claimEpoch(database: DatabaseSync): { epoch: number; cursorSecret: string } {
  const row = inTransaction(database, () =>
    database.prepare("UPDATE meta SET epoch = epoch + 1 RETURNING epoch, cursor_secret").get(),
  );
  return { epoch: Number(row?.["epoch"]), cursorSecret: String(row?.["cursor_secret"]) };
}

function cacheStatements(database: DatabaseSync): Pick<Connection, "database" | "statement"> {
  const prepared = new Map<string, StatementSync>();
  return {
    database,
    statement(sql) {
      const known = prepared.get(sql);
      if (known !== undefined) return known;
      const made = database.prepare(sql);
      prepared.set(sql, made);
      return made;
    },
  };
}

function toOpeningError(path: string, error: unknown): unknown {
  const storeError = toStoreError(error);
  if (storeError instanceof ProfclawError || !(error instanceof Error)) return storeError;
  const wayOut = "or set PROFCLAW_HOME to another folder.";
  if (isDamaged(error)) {
    return new ProfclawError(
      "config-invalid",
      `${path} is no sound database: ${error.message}. Move it away, ${wayOut}`,
    );
  }
  if (!isUnusable(error)) return error;
  return new ProfclawError(
    "config-invalid",
    `${path} cannot be opened: ${error.message}. Check its rights, ${wayOut}`,
  );
}
