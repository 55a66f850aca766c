import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Rows as the database has them, by SQL of our own. Sessions are told apart by their public id. */
export interface DatabaseRows {
  /** "ok", or what SQLite finds wrong. */
  integrity: string;
  ledger: {
    sessionId: string;
    turn: number;
    at: number;
    input: number;
    output: number;
    costMicroUsd: number | null;
    possiblyBilled: boolean;
  }[];
  results: { id: string; sender: string; addressee: string }[];
  journal: { sessionId: string; seq: number; at: number; type: string; turn: number | null }[];
}

type LedgerColumns = Omit<DatabaseRows["ledger"][number], "possiblyBilled"> & { possiblyBilled: number };

const ledgerSql = `SELECT session_id AS sessionId, turn, at, input_tokens AS input, output_tokens AS output,
  cost_micro_usd AS costMicroUsd, possibly_billed AS possiblyBilled FROM ledger ORDER BY number`;
const resultsSql = "SELECT id, sender, addressee FROM messages WHERE kind = 'result'";
const journalSql = `SELECT s.id AS sessionId, j.seq, j.at,
    CASE WHEN json_valid(j.event) THEN j.event ->> '$.type' ELSE 'unreadable' END AS type,
    CASE WHEN json_valid(j.event) THEN j.event ->> '$.turn' END AS turn
  FROM journal j JOIN sessions s ON s.number = j.session ORDER BY j.session, j.seq`;

/** Reads a copy of a database that nobody writes to any more: what is examined is never touched. */
export function readDatabase(path: string, copyFolder: string): DatabaseRows {
  rmSync(copyFolder, { recursive: true, force: true });
  mkdirSync(copyFolder, { recursive: true });
  for (const suffix of ["", "-wal", "-shm"]) {
    if (existsSync(path + suffix)) copyFileSync(path + suffix, join(copyFolder, basename(path) + suffix));
  }
  using database = new DatabaseSync(join(copyFolder, basename(path)), { readOnly: true });
  const read = <Row>(sql: string): Row[] => database.prepare(sql).all() as Row[];
  const integrity = read<Record<string, string>>("PRAGMA integrity_check").map(
    (row) => Object.values(row)[0],
  );
  return {
    integrity: integrity.join("; "),
    ledger: read<LedgerColumns>(ledgerSql).map((row) => ({
      ...row,
      possiblyBilled: row.possiblyBilled === 1,
    })),
    results: read(resultsSql),
    journal: read(journalSql),
  };
}
