import type { SessionId } from "../../core/id.ts";
import { toResultMessageId } from "../../core/message.ts";
import type { EndedMeasure, Removal } from "../store.ts";
import type { Scope } from "./connection.ts";

interface EndedRow {
  number: number;
  id: string;
  batch_id: string;
}

// Of trees in which one still lives nothing goes: they share budgets, and wait for each other.
const isRemovable = `ended_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM sessions AS kin
  WHERE kin.root_id = sessions.root_id AND kin.status IN ('queued', 'running', 'waiting'))`;

/** Those that ended before, oldest first. */
export function deleteEndedSessions(scope: Scope, query: { endedBefore: number; limit: number }): number {
  // By age through the index: a session that ended before was made before.
  const ended = scope
    .statement(
      `SELECT number, id, batch_id FROM sessions WHERE created_at < ? AND ended_at < ? AND ${isRemovable}
       ORDER BY created_at LIMIT ?`,
    )
    .all(query.endedBefore, query.endedBefore, query.limit) as unknown as EndedRow[];
  removeRows(scope, ended);
  return ended.length;
}

/** What `deleteEndedSessions` would delete in all. */
export function measureEnded(scope: Scope, { endedBefore }: { endedBefore: number }): EndedMeasure {
  const old = `SELECT number FROM sessions WHERE created_at < :before AND ended_at < :before AND ${isRemovable}`;
  const parameters = { before: endedBefore };
  const sessions = scope.statement(`SELECT COUNT(*) AS count FROM (${old})`).get(parameters);
  const journal = scope
    .statement(`SELECT COALESCE(SUM(LENGTH(event)), 0) AS bytes FROM journal WHERE session IN (${old})`)
    .get(parameters);
  const artifacts = scope
    .statement(
      `SELECT COUNT(*) AS count, COALESCE(SUM(size_bytes), 0) AS bytes FROM artifacts WHERE session IN (${old})`,
    )
    .get(parameters);
  return {
    sessions: Number(sessions?.["count"]),
    journalBytes: Number(journal?.["bytes"]),
    artifacts: Number(artifacts?.["count"]),
    artifactBytes: Number(artifacts?.["bytes"]),
  };
}

/** Removes those of the sessions that have ended and have no living kin. */
export function removeSessions(scope: Scope, ids: readonly SessionId[]): Removal {
  const find = scope.statement(`SELECT number, id, batch_id FROM sessions WHERE id = ? AND ${isRemovable}`);
  const rows = ids.flatMap((id) => find.all(id)) as unknown as EndedRow[];
  const artifact = scope.statement("SELECT id FROM artifacts WHERE session = ?");
  const artifactIds = rows.flatMap(({ number }) => artifact.all(number).map(({ id }) => String(id)));
  removeRows(scope, rows);
  return { removed: rows.map(({ id }) => id), artifactIds };
}

function removeRows(scope: Scope, rows: readonly EndedRow[]): void {
  const mailTo = scope.statement("DELETE FROM messages WHERE addressee = ?");
  // Those of later lives have a number behind a dot; "/" is the character after it.
  const result = scope.statement(
    "DELETE FROM messages WHERE id = ?1 OR (id >= ?1 || '.' AND id < ?1 || '/')",
  );
  // Journal, spec, labels and artifact rows go with it.
  const session = scope.statement("DELETE FROM sessions WHERE number = ?");
  for (const { number, id } of rows) {
    mailTo.run(id);
    result.run(toResultMessageId(id));
    session.run(number);
  }
  const batch = scope.statement(
    "DELETE FROM batches WHERE id = ? AND NOT EXISTS (SELECT 1 FROM sessions WHERE batch_id = batches.id)",
  );
  for (const id of new Set(rows.map((row) => row.batch_id))) if (batch.run(id).changes > 0) mailTo.run(id);
}
