import { DatabaseSync } from "node:sqlite";
import { listBackups } from "./backups.ts";
import { findDamageInside } from "./check-database.ts";
import type { DatabaseFiles } from "./database-files.ts";
import { sizeOf } from "./database-files.ts";
import { readSchemaVersion } from "./migrate.ts";
import type { Recovery, Suspicion } from "./recovery-record.ts";
import { markSuspicionsChecked, readSuspicions, recordRecovery } from "./recovery-record.ts";
import { repairWal } from "./repair-wal.ts";
import { finishRestore, restoreDatabase } from "./restore-database.ts";
import { isDamaged, isReadOnly } from "./sqlite-errors.ts";

// SQLite complained so often within an hour, and a close look found nothing: the file is given up.
const mostComplaints = 2;
const complaintsCountForMs = 3_600_000;

/**
 * Looks at a database that is about to be opened, and puts the last good backup in its place if it is
 * damaged, truncated or gone. Answers what was done, or null if the database is sound or new.
 */
export function healDatabase(
  files: DatabaseFiles,
  setting: { now: number; steps: readonly string[] },
): Recovery | null {
  finishRestore(files);
  const keptWal = repairWal(files, setting.now);
  const complaints = readSuspicions(files).filter(({ isChecked }) => !isChecked);
  const isSuspect = complaints.length > 0 || keptWal !== null;
  const cause = findDamage(files, { isSuspect, schema: setting.steps.length });
  if (cause !== null) return restoreDatabase(files, { cause, ...setting });
  if (keptWal !== null) return recordRepair(files, setting.now, keptWal);
  if (complaints.length === 0) return null;
  const recent = readSuspicions(files).filter((complaint) => isRecent(complaint, setting.now));
  const [first] = recent;
  if (first !== undefined && recent.length >= mostComplaints) {
    const again = `SQLite found it damaged again and again (${first.detail})`;
    return restoreDatabase(files, { cause: again, ...setting });
  }
  markSuspicionsChecked(files);
  return null;
}

function recordRepair(files: DatabaseFiles, now: number, keptAs: string): Recovery {
  const recovery: Recovery = {
    at: new Date(now).toISOString(),
    cause: "a part of its WAL was not what had been written",
    outcome: "repaired",
    keptAs,
    restoredFrom: null,
    salvaged: { sessions: 0, messages: 0, ledgerRows: 0 },
    interruptedIds: [],
    missing: { sessions: [], messages: 0, ledgerRows: 0 },
  };
  recordRecovery(files, recovery);
  return recovery;
}

function isRecent({ at }: Suspicion, now: number): boolean {
  return now - at < complaintsCountForMs;
}

/** What is wrong, in a line; null for a sound database, a new one, and one that only a newer program can judge. */
function findDamage(files: DatabaseFiles, depth: { isSuspect: boolean; schema: number }): string | null {
  const sizeBytes = sizeOf(files.database) ?? 0;
  if (sizeBytes === 0) return findLossOfAll(files);
  try {
    return check(files.database, { ...depth, sizeBytes });
  } catch (error) {
    if (isDamaged(error) && error instanceof Error) return error.message;
    // A first start was cut off in its first transaction: the opening rolls that back.
    if (isReadOnly(error)) return null;
    throw error;
  }
}

/** An empty or missing file is a new one, unless something says that there was more. */
function findLossOfAll(files: DatabaseFiles): string | null {
  const hasWal = (sizeOf(`${files.database}-wal`) ?? 0) > 0;
  if (!hasWal && listBackups(files).length === 0) return null;
  return sizeOf(files.database) === null ? "the file is gone" : "the file is empty";
}

function check(
  path: string,
  depth: { isSuspect: boolean; schema: number; sizeBytes: number },
): string | null {
  // Read-only: closing it must not write the WAL into a damaged file.
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    const version = readSchemaVersion(database);
    if (version > depth.schema) return null;
    // Before the schema changes, everything is looked at: the change would carry damage along.
    const isSuspect = depth.isSuspect || (version > 0 && version < depth.schema);
    const damage = findDamageInside(database, { sizeBytes: depth.sizeBytes, isSuspect });
    if (damage !== null || version === 0) return damage;
    const hasEpoch = database.prepare("SELECT epoch FROM meta").get() !== undefined;
    return hasEpoch ? null : "its epoch is gone";
  } finally {
    database.close();
  }
}
