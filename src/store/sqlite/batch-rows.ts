import { type Budget, isLimited, noBudget, toCovers } from "../../core/budget.ts";
import type { BatchId } from "../../core/id.ts";
import type { JournalEvent } from "../../core/journal.ts";
import type { SessionSpec, SessionStatus } from "../../core/session.ts";
import { isEndStatus, sessionStatuses } from "../../core/session.ts";
import type { Usage } from "../../core/usage.ts";
import { addUsage, noUsage } from "../../core/usage.ts";
import type { AcceptOutcome, BatchSummary, NewBatch } from "../store.ts";
import type { Scope } from "./connection.ts";
import { appendEvents } from "./journal-rows.ts";
import { addBatchWebhook } from "./outbox-rows.ts";
import type { SpendColumns } from "./usage-columns.ts";
import { spendSums, toUsage } from "./usage-columns.ts";

/** The batch, its sessions as `queued`, and the first event of each: all or nothing. */
export function acceptBatch(scope: Scope, batch: NewBatch): AcceptOutcome {
  const earlier = useKey(scope, batch);
  if (earlier !== undefined) return earlier;
  scope
    .statement("INSERT INTO batches (id, parent_id, created_at, budget, peer_id) VALUES (?, ?, ?, ?, ?)")
    .run(
      batch.id,
      batch.parentId,
      batch.createdAt,
      isLimited(batch.budget) ? JSON.stringify(batch.budget) : null,
      batch.peerId ?? null,
    );
  if (batch.webhook !== undefined) addBatchWebhook(scope, batch.id, batch.webhook);
  for (const spec of batch.sessions) insertSession(scope, spec, batch.opening);
  return { kind: "accepted" };
}

/** Books the idempotency key, or answers what it was used for before. */
function useKey(scope: Scope, batch: NewBatch): AcceptOutcome | undefined {
  scope.statement("DELETE FROM idempotency WHERE expires_at <= ?").run(scope.now);
  if (batch.idempotency === null) return undefined;
  const { key, bodyHash, expiresAt } = batch.idempotency;
  const known = findKey(scope, key);
  if (known !== undefined) {
    if (known.bodyHash !== bodyHash) return { kind: "key-conflict" };
    return { kind: "replayed", batchId: known.batchId };
  }
  scope
    .statement("INSERT INTO idempotency (key, body_hash, batch_id, expires_at) VALUES (?, ?, ?, ?)")
    .run(key, bodyHash, batch.id, expiresAt);
  return undefined;
}

export function findKey(scope: Scope, key: string): { bodyHash: string; batchId: BatchId } | undefined {
  const row = scope
    .statement("SELECT body_hash, batch_id FROM idempotency WHERE key = ? AND expires_at > ?")
    .get(key, scope.now);
  if (row === undefined) return undefined;
  return { bodyHash: String(row["body_hash"]), batchId: String(row["batch_id"]) };
}

function insertSession(
  scope: Scope,
  spec: SessionSpec,
  opening: NewBatch["opening"] = { events: [], turns: 0 },
): void {
  const { lastInsertRowid } = scope
    .statement(
      `INSERT INTO sessions (id, batch_id, parent_id, root_id, created_at, status, turns, last_seq)
       VALUES (?, ?, ?, ?, ?, 'queued', ?, ?)`,
    )
    .run(
      spec.id,
      spec.batchId,
      spec.parentId,
      spec.rootId,
      spec.createdAt,
      opening.turns,
      1 + opening.events.length,
    );
  const session = Number(lastInsertRowid);
  const covers = toCovers(spec);
  scope
    .statement("INSERT INTO specs (session, spec, provider, model, covers) VALUES (?, ?, ?, ?, ?)")
    .run(
      session,
      JSON.stringify(spec),
      spec.provider,
      spec.model,
      covers.length === 0 ? null : JSON.stringify(covers),
    );
  const label = scope.statement("INSERT INTO labels (key, value, session) VALUES (?, ?, ?)");
  for (const [key, value] of Object.entries(spec.labels)) label.run(key, value, session);
  const events: JournalEvent[] = [{ type: "session-create" }, ...opening.events];
  appendEvents(scope, { session, lastSeq: 0, at: spec.createdAt }, events);
}

interface BatchRow {
  id: string;
  parent_id: string | null;
  created_at: number;
  budget: string | null;
}

/** The sessions of a batch that have one status, summed. */
interface StatusRow extends SpendColumns {
  status: SessionStatus;
  sessions: number;
  unpriced_calls: number;
  ended_at: number | null;
}

export function getBatch(scope: Scope, id: BatchId): BatchSummary | undefined {
  const row = scope.statement("SELECT id, parent_id, created_at, budget FROM batches WHERE id = ?").get(id);
  if (row === undefined) return undefined;
  const batch = row as unknown as BatchRow;
  const groups = scope
    .statement(
      `SELECT status, COUNT(*) AS sessions, SUM(unpriced_calls) AS unpriced_calls,
         MAX(ended_at) AS ended_at, ${spendSums}
       FROM sessions WHERE batch_id = ? GROUP BY status`,
    )
    .all(id) as unknown as StatusRow[];
  return {
    id: batch.id,
    parentId: batch.parent_id,
    createdAt: batch.created_at,
    budget: batch.budget === null ? noBudget : (JSON.parse(batch.budget) as Budget),
    endedAt: toEndedAt(groups),
    counts: toCounts(groups),
    usage: groups.reduce<Usage>((sum, group) => addUsage(sum, toUsage(group)), noUsage),
    costMicroUsd: groups.reduce((sum, group) => sum + group.cost_micro_usd, 0),
    unpricedCalls: groups.reduce((sum, group) => sum + group.unpriced_calls, 0),
  };
}

function toEndedAt(groups: readonly StatusRow[]): number | null {
  if (groups.length === 0 || groups.some(({ status }) => !isEndStatus(status))) return null;
  return Math.max(...groups.map((group) => group.ended_at ?? 0));
}

function toCounts(groups: readonly StatusRow[]): Record<SessionStatus, number> {
  const none = Object.fromEntries(sessionStatuses.map((status) => [status, 0]));
  const found = Object.fromEntries(groups.map(({ status, sessions }) => [status, sessions]));
  return { ...none, ...found } as Record<SessionStatus, number>;
}
