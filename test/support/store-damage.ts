import { closeSync, openSync, readdirSync, readFileSync, statSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { migrate } from "../../src/store/sqlite/migrate.ts";
import { migrations } from "../../src/store/sqlite/migrations.ts";

/** What SQLite says of a database, "ok" if it is sound. */
export function checkIntegrity(path: string): string {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return String(database.prepare("PRAGMA integrity_check").get()?.["integrity_check"]);
  } finally {
    database.close();
  }
}

/** The pages of a table, its root first: where damage to it has to go. */
export function pagesOf(path: string, table: string): number[] {
  const database = new DatabaseSync(path);
  try {
    const rows = database.prepare("SELECT pageno FROM dbstat WHERE name = ? ORDER BY pageno").all(table);
    return rows.map(({ pageno }) => Number(pageno));
  } finally {
    database.close();
  }
}

/** Overwrites a page with what is no page. Pages count from 1. */
export function breakPage(path: string, page: number): void {
  writeAt(path, (page - 1) * 4_096, Buffer.alloc(4_096, 0xab));
}

export function writeAt(path: string, offset: number, bytes: Uint8Array): void {
  const file = openSync(path, "r+");
  try {
    writeSync(file, bytes, 0, bytes.length, offset);
  } finally {
    closeSync(file);
  }
}

/** Flips one bit of each of these bytes. */
export function flipBytes(path: string, offsets: readonly number[]): void {
  const bytes = readFileSync(path);
  for (const offset of offsets) writeAt(path, offset, Buffer.of((bytes[offset] ?? 0) ^ 0x10));
}

/** Bytes; `ifGone` where there is no file. */
export function sizeOf(path: string, ifGone = -1): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? ifGone;
}

/** What was kept aside of damaged databases in a state folder. */
export function keptAside(databasePath: string): string[] {
  const folder = dirname(databasePath);
  return readdirSync(folder)
    .filter((name) => name.includes(".corrupt-"))
    .map((name) => join(folder, name))
    .toSorted();
}

/** A database as a program of an earlier schema leaves it, made from the steps of that time. */
export function createDatabaseOfSchema(path: string, version: number): DatabaseSync {
  const database = new DatabaseSync(path);
  migrate(database, migrations.slice(0, version));
  database.exec("PRAGMA journal_mode = WAL");
  return database;
}
