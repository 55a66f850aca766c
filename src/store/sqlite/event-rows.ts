import type { JournalEvent } from "../../core/journal.ts";
import type { EventPage, EventQuery, NumberedEntry } from "../events.ts";
import type { Scope } from "./connection.ts";
import { parseStored } from "./damage.ts";

interface EventRow {
  number: number;
  id: string;
  batch_id: string;
  seq: number;
  at: number;
  event: string;
}

// What one call may look at and answer: no reader, however far behind, holds up the others for long.
const mostScanned = 5_000;
const mostTextLength = 262_144;

export function readEvents(scope: Scope, query: EventQuery): EventPage {
  const end = readLastEvent(scope);
  // A number that was never given, of another state folder for one, is the end.
  const after = Math.min(query.after, end);
  const until = Math.min(end, after + mostScanned);
  const { sql, values } = toConditions(query);
  const rows = scope
    .statement(
      `SELECT journal.number, sessions.id, batch_id, seq, at, event
       FROM journal JOIN sessions ON sessions.number = journal.session
       WHERE journal.number > ? AND journal.number <= ? ${sql} ORDER BY journal.number LIMIT ?`,
    )
    .iterate(after, until, ...values, query.limit + 1) as unknown as Iterable<EventRow>;
  const entries: NumberedEntry[] = [];
  let textLength = 0;
  for (const row of rows) {
    const isFull = entries.length === query.limit || textLength >= mostTextLength;
    if (isFull) return { entries, scannedTo: entries.at(-1)?.number ?? after, hasMore: true };
    textLength += row.event.length;
    entries.push(toEntry(row));
  }
  return { entries, scannedTo: until, hasMore: until < end };
}

export function readLastEvent(scope: Scope): number {
  const row = scope
    .statement(
      `SELECT MAX((SELECT number FROM journal_end), COALESCE((SELECT MAX(number) FROM journal), 0)) AS number`,
    )
    .get();
  return Number(row?.["number"]);
}

function toConditions(query: EventQuery): { sql: string; values: string[] } {
  const parts: { sql: string; values: string[] }[] = [];
  if (query.batchId !== undefined) parts.push({ sql: "AND batch_id = ?", values: [query.batchId] });
  if (query.statuses !== undefined) {
    const marks = query.statuses.map(() => "?").join(", ");
    parts.push({ sql: `AND status IN (${marks})`, values: query.statuses });
  }
  if (query.types !== undefined) {
    // An event begins with its type: far cheaper than to parse what is left out.
    const likes = query.types.map(() => "event LIKE ?").join(" OR ");
    parts.push({ sql: `AND (${likes})`, values: query.types.map((type) => `{"type":"${type}"%`) });
  }
  for (const label of Object.entries(query.labels ?? {})) {
    const sql =
      "AND EXISTS (SELECT 1 FROM labels WHERE key = ? AND value = ? AND labels.session = sessions.number)";
    parts.push({ sql, values: label });
  }
  return { sql: parts.map(({ sql }) => sql).join(" "), values: parts.flatMap(({ values }) => values) };
}

function toEntry(row: EventRow): NumberedEntry {
  return {
    number: row.number,
    sessionId: row.id,
    batchId: row.batch_id,
    seq: row.seq,
    at: row.at,
    event: parseStored(row.event) as JournalEvent,
  };
}
