import { copyFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { findGoodBackup } from "./backups.ts";
import type { DatabaseFiles } from "./database-files.ts";
import { companions, listNames, moveDatabase, sizeOf, syncToDisk, toTimeName } from "./database-files.ts";
import { createPrivateFile } from "./private-files.ts";
import type { Recovery } from "./recovery-record.ts";
import { clearSuspicions, recordRecovery } from "./recovery-record.ts";
import type { SalvageReport } from "./salvage.ts";
import { salvageInto } from "./salvage.ts";

const readyMark = ".restored-";

/** Why a database is given up, and what this program knows. */
export interface Restore {
  cause: string;
  now: number;
  steps: readonly string[];
}

/**
 * Puts the last good backup, or a new database, in the place of a damaged one, with all that is
 * readable in the damaged one. Cut off anywhere, it either has not happened or is finished by
 * `finishRestore` at the next opening. Throws ProfclawError("storage-full") and the like, having
 * changed nothing.
 */
export function restoreDatabase(files: DatabaseFiles, restore: Restore): Recovery {
  const { now, cause, steps } = restore;
  const draft = `${files.database}.draft`;
  for (const suffix of companions) rmSync(draft + suffix, { force: true });
  const backup = findGoodBackup(files, steps.length);
  createPrivateFile(draft);
  if (backup !== undefined) copyFileSync(backup.path, draft);
  const report = fillDraft(draft, files.database, steps);
  const hasRemains = companions.some((suffix) => (sizeOf(files.database + suffix) ?? 0) > 0);
  const recovery: Recovery = {
    at: new Date(now).toISOString(),
    cause,
    outcome: backup === undefined ? "begun-anew" : "restored",
    keptAs: hasRemains ? basename(toKeptPath(files, toTimeName(now))) : null,
    restoredFrom:
      backup === undefined
        ? null
        : { file: basename(backup.path), takenAt: new Date(backup.takenAt).toISOString() },
    ...report,
  };
  recordRecovery(files, recovery);
  renameSync(draft, `${files.database}${readyMark}${toTimeName(now)}`);
  syncToDisk(files.folder);
  finishRestore(files);
  return recovery;
}

/** Ends a restore that was cut off once its outcome was ready. */
export function finishRestore(files: DatabaseFiles): void {
  const mark = basename(files.database) + readyMark;
  const ready = listNames(files.folder).find((name) => name.startsWith(mark));
  if (ready === undefined) return;
  moveDatabase(files.database, toKeptPath(files, ready.slice(mark.length)));
  renameSync(join(files.folder, ready), files.database);
  clearSuspicions(files);
  syncToDisk(files.folder);
}

function toKeptPath(files: DatabaseFiles, time: string): string {
  return `${files.database}.corrupt-${time}`;
}

/** Leaves the draft whole in one file, without a WAL. */
function fillDraft(draft: string, damagedPath: string, steps: readonly string[]): SalvageReport {
  const database = new DatabaseSync(draft, { timeout: 0 });
  try {
    database.exec("PRAGMA journal_mode = DELETE");
    return salvageInto(database, damagedPath, steps);
  } finally {
    database.close();
    syncToDisk(draft);
  }
}
