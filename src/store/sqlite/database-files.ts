import { closeSync, fsyncSync, openSync, readdirSync, renameSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isFileError } from "./private-files.ts";

/** Everything that belongs to one database, beside it in the state folder. */
export interface DatabaseFiles {
  folder: string;
  database: string;
  backups: string;
  /** What was found damaged so far, and what was done about it. */
  recovery: string;
  /** SQLite's complaints while a daemon ran: the next start looks closely. */
  suspicions: string;
}

export function toDatabaseFiles(database: string): DatabaseFiles {
  const folder = dirname(database);
  return {
    folder,
    database,
    backups: join(folder, "backups"),
    recovery: join(folder, "recovery.json"),
    suspicions: `${database}.suspect`,
  };
}

/** SQLite's own files beside a database; they go wherever it goes. */
export const companions = ["", "-wal", "-shm", "-journal"] as const;

/** Moves a database with its companions, as far as they are there. */
export function moveDatabase(from: string, to: string): void {
  for (const suffix of companions) {
    if (sizeOf(from + suffix) !== null) renameSync(from + suffix, to + suffix);
  }
}

/** Bytes; null if there is no such file. */
export function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null;
}

/** Names in a folder; none if it does not exist. */
export function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isFileError(error, "ENOENT")) return [];
    throw error;
  }
}

/** A file's bytes, or a folder's names, are on disk when it returns. */
export function syncToDisk(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** A time as part of a file name, in order: 2026-11-21T12-00-00-000Z. */
export function toTimeName(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[:.]/g, "-");
}

/** The time in a name of `toTimeName`, ms; null where there is none. */
export function parseTimeName(name: string): number | null {
  const [, day, hour, minute, second, rest] =
    /(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)-(\d{3})Z/.exec(basename(name)) ?? [];
  return day === undefined ? null : Date.parse(`${day}T${hour}:${minute}:${second}.${rest}Z`);
}
