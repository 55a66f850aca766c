import type { SessionId } from "../../core/id.ts";
import type { EndReason, SessionRecord, SessionSpec, SessionStatus } from "../../core/session.ts";
import { isEndStatus } from "../../core/session.ts";
import type { Scope } from "./connection.ts";
import { parseStored } from "./damage.ts";
import type { SpendColumns } from "./usage-columns.ts";
import { toUsage } from "./usage-columns.ts";

interface SessionRow extends SpendColumns {
  status: SessionStatus;
  started_at: number | null;
  ended_at: number | null;
  ran_ms: number;
  turns: number;
  last_seq: number;
  snapshot_seq: number;
  unpriced_calls: number;
  reason: EndReason | null;
  wait: string | null;
  error: string | null;
  result: string | null;
  spec: string;
}

/** Put before a WHERE: rows that `toSessionRecord` understands. */
export const selectSessions = `
  SELECT status, started_at, ended_at, ran_ms, turns, last_seq, snapshot_seq, input_tokens, output_tokens,
    cache_read_tokens, cache_write_tokens, cost_micro_usd, unpriced_calls, reason, wait, error, result, spec
  FROM sessions JOIN specs ON specs.session = sessions.number`;

/** A row of `selectSessions` as the domain knows it. */
export function toSessionRecord(raw: object): SessionRecord {
  const row = raw as SessionRow;
  return {
    ...(parseStored(row.spec) as SessionSpec),
    status: row.status,
    wait: parseColumn(row.wait) as SessionRecord["wait"],
    reason: row.reason,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    ranMs: row.ran_ms,
    turns: row.turns,
    usage: toUsage(row),
    costMicroUsd: row.cost_micro_usd,
    unpricedCalls: row.unpriced_calls,
    result: parseColumn(row.result) as SessionRecord["result"],
    error: parseColumn(row.error) as SessionRecord["error"],
    lastSeq: row.last_seq,
    snapshotSeq: row.snapshot_seq,
  };
}

/** A nullable JSON column; it holds what this program wrote. */
function parseColumn(text: string | null): unknown {
  return text === null ? null : parseStored(text);
}

export function getSession(scope: Scope, id: SessionId): SessionRecord | undefined {
  const row = scope.statement(`${selectSessions} WHERE sessions.id = ?`).get(id);
  return row === undefined ? undefined : toSessionRecord(row);
}

export function listLiveSessions(scope: Scope): SessionRecord[] {
  // By status through the index: no row of an ended session is read.
  return scope
    .statement(
      `${selectSessions} WHERE status IN ('queued', 'running', 'waiting') ORDER BY created_at, sessions.number`,
    )
    .all()
    .map(toSessionRecord);
}

/** What a write must know of its session before it may change it. */
export interface SessionHead {
  number: number;
  batch_id: string;
  last_seq: number;
  isEnded: boolean;
}

export function readSessionHead(scope: Scope, id: SessionId): SessionHead | undefined {
  const row = scope.statement("SELECT number, batch_id, last_seq, status FROM sessions WHERE id = ?").get(id);
  if (row === undefined) return undefined;
  const head = row as unknown as Omit<SessionHead, "isEnded"> & { status: SessionStatus };
  return { ...head, isEnded: isEndStatus(head.status) };
}
