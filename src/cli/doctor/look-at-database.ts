import { closeSync, openSync, readSync, statSync } from "node:fs";
import type { StatePaths } from "../../config/paths.ts";
import { toNotices } from "../../daemon/recovery-text.ts";
import { listBackups } from "../../store/sqlite/backups.ts";
import { toDatabaseFiles, sizeOf } from "../../store/sqlite/database-files.ts";
import { migrations } from "../../store/sqlite/migrations.ts";
import { readRecoveries, readSuspicions } from "../../store/sqlite/recovery-record.ts";
import { type Finding, toFailure, toOk, toWarning } from "./finding.ts";

const check = "database";
// https://sqlite.org/fileformat2.html#the_database_header: the magic text, and `user_version`.
const headerBytes = 100;
const magic = "SQLite format 3\0";
const schemaOffset = 60;

/** The database by its header alone: only a daemon opens it. What was healed lately is told too. */
export function lookAtDatabase(paths: StatePaths, nowMs: number): Finding[] {
  // What is wrong with the folder, the look at the folder tells.
  if (!isFolderOrNothing(paths.home)) return [];
  const files = toDatabaseFiles(paths.database);
  const sizeBytes = sizeOf(paths.database);
  const backups = listBackups(files);
  const notices = toNotices(readRecoveries(files), nowMs).map((notice) =>
    toWarning(check, notice, `Look at ${files.recovery}; what was damaged is kept beside it.`),
  );
  if (sizeBytes === null || sizeBytes === 0) return [lookAtNothing(backups.length > 0), ...notices];
  const suspicions = readSuspicions(files).filter(({ isChecked }) => !isChecked);
  const complaints = suspicions.map(({ detail }) =>
    toWarning(
      check,
      `SQLite complained: ${detail}`,
      "The next start looks at all of it: profclaw down, profclaw up",
    ),
  );
  return [lookAtHeader(paths.database, sizeBytes, backups), ...complaints, ...notices];
}

function isFolderOrNothing(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? true;
  } catch {
    return false;
  }
}

function lookAtNothing(hasBackups: boolean): Finding {
  if (!hasBackups) return toOk(check, "none yet: the first session makes it");
  return toWarning(check, "it is gone; the next start restores the newest backup", "profclaw up");
}

function lookAtHeader(path: string, sizeBytes: number, backups: readonly { takenAt: number }[]): Finding {
  const header = readHeader(path);
  if (header.toString("latin1", 0, magic.length) !== magic) {
    return toWarning(
      check,
      `${path} is damaged: it does not begin like a database.`,
      "profclaw up keeps it aside and restores the newest backup",
    );
  }
  const schema = header.readUInt32BE(schemaOffset);
  if (schema > migrations.length) {
    return toFailure(
      check,
      `A newer profclaw wrote it (schema ${schema}; this one knows ${migrations.length}).`,
      "Update profclaw, or set PROFCLAW_HOME to another folder.",
    );
  }
  return toOk(check, `${(sizeBytes / 1e6).toFixed(1)} MB, schema ${schema}, ${toBackupText(backups)}`);
}

function toBackupText(backups: readonly { takenAt: number }[]): string {
  const [newest] = backups;
  if (newest === undefined) return "no backup yet";
  return `newest backup of ${new Date(newest.takenAt).toISOString().slice(0, 16)}Z`;
}

function readHeader(path: string): Buffer {
  const handle = openSync(path, "r");
  try {
    const header = Buffer.alloc(headerBytes);
    readSync(handle, header, 0, headerBytes, 0);
    return header;
  } finally {
    closeSync(handle);
  }
}
