import { renameSync, rmSync, statSync, statfsSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, backup } from "node:sqlite";
import { findDamageInCopy, openCopy } from "./check-database.ts";
import type { DatabaseFiles } from "./database-files.ts";
import { listNames, parseTimeName, sizeOf, syncToDisk, toTimeName } from "./database-files.ts";
import { readSchemaVersion } from "./migrate.ts";
import { createPrivateFile, createPrivateFolder } from "./private-files.ts";

/** A whole copy of the database as it was at a moment. */
export interface Backup {
  path: string;
  takenAt: number;
  /** Taken before the schema was changed; these have a rotation of their own. */
  isBeforeMigration: boolean;
}

export type BackupOutcome =
  | { kind: "taken"; file: string; sizeBytes: number; tookMs: number }
  /** Nothing was written since the newest one. */
  | { kind: "unchanged" }
  | { kind: "no-room"; detail: string }
  /** The copy is damaged, and so, most likely, is the database. It was thrown away. */
  | { kind: "unsound"; detail: string };

const keptCount = 3;
const spareBytes = 32 * 1024 * 1024;
const prefix = "profclaw-";
const migrationPrefix = "profclaw-before-migration-";
const draftPrefix = "draft-";

/** Newest first. Not checked: a file may be damaged by now. */
export function listBackups(files: DatabaseFiles): Backup[] {
  return listNames(files.backups)
    .flatMap((name) => {
      const takenAt = parseTimeName(name);
      if (!name.startsWith(prefix) || !name.endsWith(".db") || takenAt === null) return [];
      const isBeforeMigration = name.startsWith(migrationPrefix);
      return [{ path: join(files.backups, name), takenAt, isBeforeMigration }];
    })
    .toSorted((a, b) => b.takenAt - a.takenAt);
}

/**
 * Copies the database while it is in use (`now` ms names the copy), checks the copy and counts it only
 * then; the newest three are kept, and one from before the latest migration. The files are 0600.
 * The copy is one read transaction on a connection of its own: writes go on meanwhile, and the WAL
 * grows by them. Throws what SQLite throws, e.g. for a full disk.
 */
export async function takeBackup(
  files: DatabaseFiles,
  taken: { now: number; isBeforeMigration: boolean },
): Promise<BackupOutcome> {
  const startedAt = Date.now();
  if (!taken.isBeforeMigration && isUnchanged(files)) return { kind: "unchanged" };
  createPrivateFolder(files.backups);
  removeDrafts(files);
  const shortage = makeRoom(files);
  if (shortage !== null) return { kind: "no-room", detail: shortage };
  const draft = join(files.backups, `${draftPrefix}${process.pid}.db`);
  try {
    await copyDatabase(files.database, draft);
    // What is written from now on is not in it: `isUnchanged` compares by this time.
    utimesSync(draft, startedAt / 1_000, startedAt / 1_000);
    const damage = findDamageInCopy(draft);
    if (damage !== null) return { kind: "unsound", detail: damage };
    const name = `${taken.isBeforeMigration ? migrationPrefix : prefix}${toTimeName(taken.now)}.db`;
    renameSync(draft, join(files.backups, name));
    syncToDisk(files.backups);
    rotate(files);
    const sizeBytes = sizeOf(join(files.backups, name)) ?? 0;
    return { kind: "taken", file: name, sizeBytes, tookMs: Date.now() - startedAt };
  } finally {
    removeDrafts(files);
  }
}

async function copyDatabase(from: string, to: string): Promise<void> {
  // SQLite would make it 0644.
  createPrivateFile(to);
  const source = new DatabaseSync(from, { readOnly: true, timeout: 5_000 });
  try {
    // In one step: with more, each write of the daemon would have it begin anew.
    await backup(source, to, { rate: 2 ** 31 - 1 });
  } finally {
    source.close();
  }
}

function isUnchanged(files: DatabaseFiles): boolean {
  const newest = listBackups(files).find(({ isBeforeMigration }) => !isBeforeMigration);
  if (newest === undefined) return false;
  const madeAt = statSync(newest.path).mtimeMs;
  return ["", "-wal"].every((suffix) => {
    const changedAt = statSync(files.database + suffix, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return changedAt < madeAt;
  });
}

/** Lets older backups go where the disk is short; null once there is room, else what is missing. */
function makeRoom(files: DatabaseFiles): string | null {
  const needed = (sizeOf(files.database) ?? 0) + (sizeOf(`${files.database}-wal`) ?? 0) + spareBytes;
  for (;;) {
    const { bavail, bsize } = statfsSync(files.backups);
    if (bavail * bsize >= needed) return null;
    const rotated = listBackups(files).filter(({ isBeforeMigration }) => !isBeforeMigration);
    const oldest = rotated.at(-1);
    if (oldest === undefined || rotated.length === 1) {
      return `${toMegabytes(needed)} MB are needed, ${toMegabytes(bavail * bsize)} MB are free`;
    }
    rmSync(oldest.path, { force: true });
  }
}

function rotate(files: DatabaseFiles): void {
  const all = listBackups(files);
  const surplus = [
    ...all.filter(({ isBeforeMigration }) => !isBeforeMigration).slice(keptCount),
    ...all.filter(({ isBeforeMigration }) => isBeforeMigration).slice(1),
  ];
  for (const { path } of surplus) rmSync(path, { force: true });
}

function removeDrafts(files: DatabaseFiles): void {
  for (const name of listNames(files.backups)) {
    if (name.startsWith(draftPrefix)) rmSync(join(files.backups, name), { force: true });
  }
}

/** The newest backup that is sound and that a program of this schema understands. */
export function findGoodBackup(files: DatabaseFiles, schema: number): Backup | undefined {
  return listBackups(files).find(({ path }) => findDamageInCopy(path) === null && isKnown(path, schema));
}

function isKnown(path: string, schema: number): boolean {
  const copy = openCopy(path);
  try {
    return readSchemaVersion(copy) <= schema;
  } finally {
    copy.close();
  }
}

function toMegabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}
