import type { SessionId } from "../../core/id.ts";
import type { TokenOwner } from "../tokens.ts";
import type { Scope } from "./connection.ts";

export function putToken(scope: Scope, { sessionId, hash }: { sessionId: SessionId; hash: string }): boolean {
  const { changes } = scope
    .statement(
      `INSERT INTO session_tokens (session, hash)
         SELECT number, ? FROM sessions WHERE id = ? AND ended_at IS NULL
       ON CONFLICT (session) DO UPDATE SET hash = excluded.hash`,
    )
    .run(hash, sessionId);
  return Number(changes) > 0;
}

export function findTokenOwner(scope: Scope, hash: string): TokenOwner | undefined {
  const row = scope
    .statement(
      `SELECT sessions.id, sessions.ended_at FROM session_tokens
         JOIN sessions ON sessions.number = session_tokens.session WHERE session_tokens.hash = ?`,
    )
    .get(hash);
  return row === undefined ? undefined : { sessionId: String(row["id"]), hasEnded: row["ended_at"] !== null };
}
