import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { toResultMessageId } from "../../core/message.ts";
import { isArtifactName } from "./artifacts.ts";
import type { Scope } from "./connection.ts";

/** Deletes what is old, a step at a time, so that no other call waits long. */
export interface Sweep {
  /**
   * Deletes up to `limit` sessions that ended before (ms), with their journals and mail, and batches that
   * are empty then; answers how many. Trees in which one still lives stay, and the ledger stays. The
   * texts of their artifacts are left to `deleteStrayArtifacts`.
   */
  deleteEndedSessions(query: { endedBefore: number; limit: number }): Promise<number>;
  /** Deletes those of the files in the artifacts' folder that no row names and that were not touched since `before` (ms). */
  deleteStrayArtifacts(query: { names: string[]; before: number }): Promise<number>;
}

interface EndedRow {
  number: number;
  id: string;
  batch_id: string;
}

export function deleteEndedSessions(scope: Scope, query: { endedBefore: number; limit: number }): number {
  // By age through the index: a session that ended before was made before.
  const ended = scope
    .statement(
      `SELECT number, id, batch_id FROM sessions WHERE created_at < ? AND ended_at < ?
         AND NOT EXISTS (SELECT 1 FROM sessions AS kin WHERE kin.root_id = sessions.root_id
           AND kin.status IN ('queued', 'running', 'waiting'))
       ORDER BY created_at LIMIT ?`,
    )
    .all(query.endedBefore, query.endedBefore, query.limit) as unknown as EndedRow[];
  const mailTo = scope.statement("DELETE FROM messages WHERE addressee = ?");
  // Those of later lives have a number behind a dot; "/" is the character after it.
  const result = scope.statement(
    "DELETE FROM messages WHERE id = ?1 OR (id >= ?1 || '.' AND id < ?1 || '/')",
  );
  // Journal, spec, labels and artifact rows go with it.
  const session = scope.statement("DELETE FROM sessions WHERE number = ?");
  for (const { number, id } of ended) {
    mailTo.run(id);
    result.run(toResultMessageId(id));
    session.run(number);
  }
  const batch = scope.statement(
    "DELETE FROM batches WHERE id = ? AND NOT EXISTS (SELECT 1 FROM sessions WHERE batch_id = batches.id)",
  );
  for (const id of new Set(ended.map((row) => row.batch_id))) if (batch.run(id).changes > 0) mailTo.run(id);
  return ended.length;
}

export function deleteStrayArtifacts(scope: Scope, query: { names: string[]; before: number }): number {
  const row = scope.statement("SELECT 1 FROM artifacts WHERE id = ?");
  const strays = query.names.filter((name) => {
    if (!isArtifactName(name) || row.get(name) !== undefined) return false;
    const found = statSync(join(scope.artifactsPath, name), { throwIfNoEntry: false });
    return found !== undefined && found.isFile() && found.mtimeMs < query.before;
  });
  for (const name of strays) rmSync(join(scope.artifactsPath, name), { force: true });
  return strays.length;
}
