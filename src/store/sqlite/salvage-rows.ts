import { DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";

/** A row as it is stored, by column. */
export type Row = Record<string, string | number | null>;

/** A read of a damaged file: rows that are there, nothing there, or a place that cannot be read. */
export type RowRead = { kind: "rows"; rows: Row[] } | { kind: "unreadable" };

/** A damaged database, read as far as it goes, and a sound one that takes what is found. */
export interface Salvage {
  /** Null: it cannot even be opened. */
  damaged: DatabaseSync | null;
  sound: DatabaseSync;
}

/** Opens without writing, also not into the WAL: what is kept aside stays as it was found. */
export function openDamaged(path: string): DatabaseSync | null {
  try {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    database.prepare("SELECT COUNT(*) FROM sqlite_schema").get();
    return database;
  } catch {
    return null;
  }
}

/** Rows of a damaged database; any error means that this place cannot be read. */
export function readRows(database: DatabaseSync | null, sql: string, key: string | number): RowRead {
  if (database === null) return { kind: "unreadable" };
  try {
    return { kind: "rows", rows: prepare(database, sql).all(key) as Row[] };
  } catch {
    return { kind: "unreadable" };
  }
}

/** The one row, or null if there is none or it cannot be read. */
export function readRow(database: DatabaseSync | null, sql: string, key: string | number): Row | null {
  const read = readRows(database, sql, key);
  return read.kind === "rows" ? (read.rows[0] ?? null) : null;
}

/** Writes a row by its columns' names. False if the table does not take it, or has it already. */
export function insertRow(database: DatabaseSync, table: string, row: Row): boolean {
  const columns = Object.keys(row);
  const marks = columns.map(() => "?").join(", ");
  try {
    const sql = `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${marks}) ON CONFLICT DO NOTHING`;
    return prepare(database, sql).run(...Object.values(row)).changes === 1;
  } catch {
    return false;
  }
}

const prepared = new WeakMap<DatabaseSync, Map<string, StatementSync>>();

/** Prepared once per text. */
export function prepare(database: DatabaseSync, sql: string): StatementSync {
  const known = prepared.get(database) ?? new Map<string, StatementSync>();
  prepared.set(database, known);
  const statement = known.get(sql) ?? database.prepare(sql);
  known.set(sql, statement);
  return statement;
}

// Rows are looked up one by one by their number, so that a broken page costs only its own rows. After so
// many numbers in a row without one, a table whose end cannot be read is taken to be over.
const longestGap = 10_000;

/** A number of a table: its row, or null where there is one that cannot be read. */
export interface NumberedRow {
  number: number;
  row: Row | null;
}

/** The rows of a damaged table from `first` on, as far as can be told; unreadable ones past its last row are not counted. */
export function* numberedRows(
  damaged: DatabaseSync | null,
  table: string,
  first: number,
): Generator<NumberedRow> {
  if (damaged === null) return;
  const last = readLastNumber(damaged, table);
  let unread: NumberedRow[] = [];
  let misses = 0;
  for (let number = first; number <= last && misses < longestGap; number += 1) {
    const read = readRows(damaged, `SELECT * FROM ${table} WHERE number = ?`, number);
    const row = read.kind === "rows" ? (read.rows[0] ?? null) : null;
    misses = row === null ? misses + 1 : 0;
    if (read.kind === "unreadable") unread.push({ number, row });
    if (row === null && number < last) continue;
    yield* unread;
    unread = [];
    if (row !== null) yield { number, row };
  }
}

function readLastNumber(damaged: DatabaseSync | null, table: string): number {
  const row = readRow(damaged, `SELECT MAX(number) AS last FROM ${table} WHERE number > ?`, 0);
  const last = row?.["last"];
  if (row !== null && last === null) return 0;
  return typeof last === "number" ? last : Number.MAX_SAFE_INTEGER;
}
