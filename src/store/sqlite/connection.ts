import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";
import { ProfclawError } from "../../core/errors.ts";
import type { DatabaseFiles } from "./database-files.ts";
import { toDatabaseFiles } from "./database-files.ts";
import type { BackupOutcome } from "./backups.ts";
import { takeBackup } from "./backups.ts";
import { healDatabase } from "./heal-database.ts";
import { migrate, readSchemaVersion } from "./migrate.ts";
import { migrations } from "./migrations.ts";
import { createPrivateFile, createPrivateFolder } from "./private-files.ts";
import { DamagedStoreError } from "./damage.ts";
import type { Recovery } from "./recovery-record.ts";
import { noteSuspicion } from "./recovery-record.ts";
import { isBusy, isUnusable, toStoreError } from "./sqlite-errors.ts";
import { checkSqliteVersion } from "./sqlite-version.ts";
import { inTransaction } from "./transaction.ts";

/** An open database that owns an epoch; one per store. */
export interface Connection {
  readonly database: DatabaseSync;
  readonly files: DatabaseFiles;
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
  /** The time of the opening, ms: it names what is kept aside and backed up. */
  now: number;
  /** The database file. */
  path: string;
  /** The folder of the artifacts' texts. */
  artifactsPath: string;
  /** The database refuses to grow beyond this; no limit without it. */
  maxSizeBytes?: number;
  /** The schema; `migrations` without it. */
  steps?: readonly string[];
}

/** An open database, and what had to be done about a damaged one before. */
export interface Opening {
  connection: Connection;
  healed: Recovery | null;
}

const busyTimeoutMs = 5_000;
const walPauseMs = 10;
const pageSizeBytes = 4_096;
// A WAL that grew under a long read is cut to this when it starts anew.
const walLimitBytes = 16 * 1024 * 1024;

/**
 * Opens the database (files 0600, new folders 0700), brings its schema up to date and takes the next
 * epoch. A damaged, truncated or lost database is kept aside, and the last good backup, or a new
 * database, takes its place with all that could still be read. Rejects with
 * ProfclawError("config-invalid") for a SQLite that is too old, a database that is too new, and a file
 * that cannot be used; with ProfclawError("storage-full") for a full disk.
 */
export async function openConnection(options: ConnectionOptions): Promise<Opening> {
  try {
    createPrivateFolder(dirname(options.path));
    createPrivateFolder(options.artifactsPath);
    const steps = options.steps ?? migrations;
    const healed = healDatabase(toDatabaseFiles(options.path), { now: options.now, steps });
    createPrivateFile(options.path);
    return { connection: await connect(options), healed };
  } catch (error) {
    throw toOpeningError(options, error);
  }
}

async function connect(options: ConnectionOptions): Promise<Connection> {
  const database = new DatabaseSync(options.path, { timeout: busyTimeoutMs });
  try {
    await prepareDatabase(database, options);
    const files = toDatabaseFiles(options.path);
    const { artifactsPath } = options;
    return { ...claimEpoch(database), ...cacheStatements(database), files, artifactsPath };
  } catch (error) {
    database.close();
    throw error;
  }
}

async function prepareDatabase(database: DatabaseSync, options: ConnectionOptions): Promise<void> {
  checkSqliteVersion(String(database.prepare("SELECT sqlite_version() AS version").get()?.["version"]));
  // Before WAL: a database of a newer program must stay as it is.
  await migrateSafely(database, options);
  await switchToWal(database);
  database.exec("PRAGMA synchronous = FULL");
  database.exec("PRAGMA foreign_keys = ON");
  database.exec("PRAGMA wal_autocheckpoint = 1000");
  database.exec(`PRAGMA journal_size_limit = ${walLimitBytes}`);
  if (options.maxSizeBytes !== undefined) {
    database.exec(`PRAGMA max_page_count = ${Math.ceil(options.maxSizeBytes / pageSizeBytes)}`);
  }
}

async function migrateSafely(database: DatabaseSync, options: ConnectionOptions): Promise<void> {
  const steps = options.steps ?? migrations;
  const found = readSchemaVersion(database);
  if (found > 0 && found < steps.length) {
    const taken = { now: options.now, isBeforeMigration: true };
    const backup = await takeBackup(toDatabaseFiles(options.path), taken);
    if (backup.kind !== "taken") throw toBackupRefusal(backup);
  }
  migrate(database, steps);
}

function toBackupRefusal(backup: Exclude<BackupOutcome, { kind: "taken" }>): ProfclawError {
  const detail = "detail" in backup ? backup.detail : backup.kind;
  return new ProfclawError(
    "storage-full",
    `The database has to change for this version, and cannot be backed up before: ${detail}. ` +
      "Nothing was changed. Free some space and try again.",
  );
}

/** SQLite does not wait for the switch as it does for a transaction: whoever meets another start is refused at once. */
async function switchToWal(database: DatabaseSync): Promise<void> {
  const deadline = performance.now() + busyTimeoutMs;
  for (;;) {
    try {
      requireWal(database);
      return;
    } catch (error) {
      if (!(error instanceof Error) || !isBusy(error) || performance.now() > deadline) throw error;
    }
    await sleep(walPauseMs);
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

function toOpeningError(options: ConnectionOptions, error: unknown): unknown {
  const storeError = toStoreError(error);
  if (storeError instanceof DamagedStoreError) {
    // The look before has missed it; the next opening takes a closer one.
    noteSuspicion(toDatabaseFiles(options.path), { at: options.now, detail: storeError.message });
  }
  if (!(error instanceof Error) || !isUnusable(error)) return storeError;
  if (isBusy(error)) {
    return new ProfclawError(
      "config-invalid",
      `${options.path} is locked by another process that does not let go of it, a daemon that was stopped in the middle of a write for one. ` +
        "End that process, then try again.",
    );
  }
  return new ProfclawError(
    "config-invalid",
    `${options.path} cannot be opened: ${error.message}. Check its rights, or set PROFCLAW_HOME to another folder.`,
  );
}
