import type { JournalEntry, JournalEvent } from "../../core/journal.ts";
import type { JournalQuery } from "../store.ts";
import type { Scope } from "./connection.ts";
import { parseStored } from "./damage.ts";

/** Where new events go. */
export interface JournalEnd {
  session: number;
  lastSeq: number;
  at: number;
}

/** Appends in order and answers the new last seq. */
export function appendEvents(scope: Scope, end: JournalEnd, events: readonly JournalEvent[]): number {
  const insert = scope.statement(
    `INSERT INTO journal (number, session, seq, at, event)
     VALUES (MAX((SELECT number FROM journal_end), COALESCE((SELECT MAX(number) FROM journal), 0)) + 1, ?, ?, ?, ?)`,
  );
  let seq = end.lastSeq;
  for (const event of events) {
    seq += 1;
    insert.run(end.session, seq, end.at, JSON.stringify(event));
  }
  return seq;
}

export function readJournal(scope: Scope, query: JournalQuery): JournalEntry[] {
  const rows = scope
    .statement(
      `SELECT seq, at, event FROM journal
       WHERE session = (SELECT number FROM sessions WHERE id = ?) AND seq > ? ORDER BY seq LIMIT ?`,
    )
    .all(query.sessionId, query.afterSeq, query.limit) as unknown as {
    seq: number;
    at: number;
    event: string;
  }[];
  return rows.map(({ seq, at, event }) => ({
    sessionId: query.sessionId,
    seq,
    at,
    event: parseStored(event) as JournalEvent,
  }));
}
