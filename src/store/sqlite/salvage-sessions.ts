import type { SessionId } from "../../core/id.ts";
import type { SessionSpec, SessionStatus } from "../../core/session.ts";
import { isEndStatus, sessionStatuses } from "../../core/session.ts";
import type { LostSession } from "./recovery-record.ts";
import type { Row, Salvage } from "./salvage-rows.ts";
import { insertRow, numberedRows, prepare, readRow, readRows } from "./salvage-rows.ts";

/** What became of the sessions of a damaged database. */
export interface SalvagedSessions {
  /** Brought over, whole or with the readable part of their journal. */
  salvaged: number;
  interruptedIds: SessionId[];
  missing: LostSession[];
}

/**
 * Brings every session over that the damaged database knows better than the sound one. A living session
 * goes on only if all of its journal is there: else a step that was done could be done again.
 */
export function salvageSessions(salvage: Salvage): SalvagedSessions {
  const missing: LostSession[] = [];
  const known = new Set<SessionId>();
  let salvaged = 0;
  for (const { number, row } of numberedRows(salvage.damaged, "sessions", 1)) {
    const found = bringSession(salvage, number, row);
    if (found.isWhole && found.id !== null) known.add(found.id);
    if (found.isNew) salvaged += 1;
    if (found.lost !== null) missing.push(found.lost);
  }
  return { salvaged, interruptedIds: listLiveIds(salvage).filter((id) => !known.has(id)), missing };
}

interface Brought {
  id: SessionId | null;
  /** The sound database now has every step of it. */
  isWhole: boolean;
  isNew: boolean;
  lost: LostSession | null;
}

function bringSession(salvage: Salvage, number: number, row: Row | null): Brought {
  const specRow = readRow(salvage.damaged, "SELECT * FROM specs WHERE session = ?", number);
  const spec = parseSpec(specRow);
  const id = spec?.id ?? null;
  const lost: LostSession = { id, task: spec?.task ?? null, status: readStatus(row) };
  const ours = readRow(salvage.sound, "SELECT id, last_seq FROM sessions WHERE number = ?", number);
  if (row === null || specRow === null || spec === null || lost.status === null || row["id"] !== id) {
    return { id: null, isWhole: false, isNew: false, lost: ours === null ? lost : null };
  }
  const lastSeq = Number(row["last_seq"]);
  if (ours !== null && ours["id"] === id && ours["last_seq"] === lastSeq) {
    return { id, isWhole: true, isNew: false, lost: null };
  }
  const journal = readJournal(salvage, number);
  const isWhole = journal.length === lastSeq;
  // What the backup has of it is more than what can be read.
  const isBehind = journal.length < Number(ours?.["last_seq"] ?? 1);
  if (isBehind || !replaceSession(salvage, { number, row, specRow, spec, journal })) {
    return { id, isWhole: false, isNew: false, lost };
  }
  return { id, isWhole, isNew: true, lost: isWhole ? null : lost };
}

function readStatus(row: Row | null): SessionStatus | null {
  return sessionStatuses.find((status) => status === row?.["status"]) ?? null;
}

function parseSpec(row: Row | null): SessionSpec | null {
  const spec: Partial<SessionSpec> | null = parseObject(row?.["spec"]);
  return typeof spec?.id === "string" && typeof spec.batchId === "string" ? (spec as SessionSpec) : null;
}

/** The readable beginning of a session's journal. */
function readJournal({ damaged }: Salvage, number: number): Row[] {
  const journal: Row[] = [];
  for (;;) {
    const sql = `SELECT session, seq, at, event FROM journal WHERE session = ${number} AND seq = ?`;
    const row = readRow(damaged, sql, journal.length + 1);
    if (row === null || parseObject(row["event"]) === null) return journal;
    journal.push(row);
  }
}

function parseObject(text: unknown): object | null {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

interface Found {
  number: number;
  row: Row;
  specRow: Row;
  spec: SessionSpec;
  journal: Row[];
}

/** Puts the damaged database's version of a session in the place of the backup's; all or nothing. */
function replaceSession(salvage: Salvage, found: Found): boolean {
  const { sound } = salvage;
  const { number, row, specRow, spec, journal } = found;
  sound.exec("SAVEPOINT session");
  prepare(sound, "DELETE FROM sessions WHERE number = ?").run(number);
  insertRow(sound, "batches", { id: spec.batchId, parent_id: spec.parentId, created_at: spec.createdAt });
  const isIn =
    insertRow(sound, "sessions", { ...row, last_seq: journal.length, ...toSnapshot(row, journal) }) &&
    insertRow(sound, "specs", specRow) &&
    journal.every((entry) => insertRow(sound, "journal", entry));
  if (!isIn) sound.exec("ROLLBACK TO session");
  sound.exec("RELEASE session");
  if (isIn) bringBelongings(salvage, number, spec);
  return isIn;
}

/** A snapshot that was not saved is none. */
function toSnapshot({ snapshot_seq: seq }: Row, journal: readonly Row[]): Row {
  return typeof seq === "number" && seq > journal.length ? { snapshot_seq: 0 } : {};
}

function bringBelongings({ damaged, sound }: Salvage, number: number, spec: SessionSpec): void {
  for (const [key, value] of Object.entries(spec.labels ?? {})) {
    insertRow(sound, "labels", { key, value, session: number });
  }
  // Without their numbers: those only keep an order, and the backup may have given them to others.
  const columns = "session, ask, status, asked_at, until, body, answered_at, answer";
  const asks = readRows(
    damaged,
    `SELECT ${columns} FROM approvals WHERE session = ? ORDER BY number`,
    number,
  );
  if (asks.kind === "rows") for (const row of asks.rows) insertRow(sound, "approvals", row);
  const artifacts = readRows(damaged, "SELECT * FROM artifacts WHERE session = ?", number);
  if (artifacts.kind === "rows") for (const row of artifacts.rows) insertRow(sound, "artifacts", row);
}

function listLiveIds({ sound }: Salvage): SessionId[] {
  return sound
    .prepare("SELECT id, status FROM sessions ORDER BY number")
    .all()
    .filter(({ status }) => !isEndStatus(status as SessionStatus))
    .map(({ id }) => String(id));
}
