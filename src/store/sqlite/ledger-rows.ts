import { type Amount, addAmounts } from "../../core/budget.ts";
import type { BatchId, SessionId } from "../../core/id.ts";
import type { MicroUsd } from "../../core/money.ts";
import type { Usage } from "../../core/usage.ts";
import { addUsage, noUsage } from "../../core/usage.ts";
import type { CostQuery, CostRow, ModelCall } from "../costs.ts";
import type { Scope } from "./connection.ts";
import type { SpendColumns } from "./usage-columns.ts";
import { spendSums, toUsage } from "./usage-columns.ts";

/** Whose calls they are, and when they were booked. */
export interface Booking {
  sessionId: SessionId;
  batchId: BatchId;
  at: number;
}

/** One ledger row per call. */
export function bookCalls(scope: Scope, booking: Booking, calls: readonly ModelCall[]): void {
  const insert = scope.statement(
    `INSERT INTO ledger (session_id, batch_id, at, turn, provider, model, input_tokens, output_tokens,
       cache_read_tokens, cache_write_tokens, cost_micro_usd, possibly_billed, price,
       reserved_micro_usd, reserved_tokens)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const call of calls) {
    insert.run(
      booking.sessionId,
      booking.batchId,
      booking.at,
      call.turn,
      call.provider,
      call.model,
      call.usage.inputTokens,
      call.usage.outputTokens,
      call.usage.cacheReadTokens,
      call.usage.cacheWriteTokens,
      call.costMicroUsd,
      call.possiblyBilled ? 1 : 0,
      call.price === null ? null : JSON.stringify(call.price),
      call.reservedMicroUsd,
      call.reservedTokens,
    );
  }
}

/** One that belongs to nobody; the columns are never empty, so that it has no ids is written as "". */
export function bookCall(scope: Scope, { at, call }: { at: number; call: ModelCall }): void {
  bookCalls(scope, { sessionId: "", batchId: "", at }, [call]);
}

/** What some calls add to their session. */
export function sumCalls(calls: readonly ModelCall[]): {
  usage: Usage;
  costMicroUsd: MicroUsd;
  unpricedCalls: number;
} {
  return {
    usage: calls.reduce((sum, call) => addUsage(sum, call.usage), noUsage),
    costMicroUsd: calls.reduce((sum, call) => sum + (call.costMicroUsd ?? 0), 0),
    unpricedCalls: calls.filter((call) => call.costMicroUsd === null).length,
  };
}

interface Grouping {
  key: string;
  /** What the key needs beside the ledger. */
  join?: string;
}

// Of sessions that are there and of those that were deleted. A call of a session with two labels is in two
// groups, one without any in none of theirs.
const labelled = `LEFT JOIN (
    SELECT sessions.id AS labelled_id, key || '=' || value AS label
      FROM labels JOIN sessions ON sessions.number = labels.session
    UNION ALL SELECT session_id, key || '=' || value FROM gone_labels
  ) ON labelled_id = session_id`;
const root = `COALESCE((SELECT root_id FROM sessions WHERE id = session_id),
  (SELECT root_id FROM gone_sessions WHERE id = session_id), session_id)`;

const groupings: Record<CostQuery["groupBy"], Grouping> = {
  model: { key: "provider || '/' || model" },
  provider: { key: "provider" },
  session: { key: "session_id" },
  batch: { key: "batch_id" },
  tree: { key: root },
  label: { key: "COALESCE(label, '')", join: labelled },
  // Whole seconds: the same day as with milliseconds, and no rounding up into the next one.
  day: { key: "date((at + CAST(:offsetMs AS INTEGER)) / 1000, 'unixepoch')" },
};

interface CostColumns extends SpendColumns {
  key: string;
  sessions: number;
  calls: number;
  unpriced_calls: number;
  possibly_billed_calls: number;
  reserved_micro_usd: number;
  reserved_tokens: number;
}

/** Days in order; other groups by cost, the dearest first. */
export function listCosts(scope: Scope, query: CostQuery): CostRow[] {
  const isByDay = query.groupBy === "day";
  const { key, join = "" } = groupings[query.groupBy];
  const rows = scope
    .statement(
      `SELECT ${key} AS key, COUNT(DISTINCT NULLIF(session_id, '')) AS sessions, COUNT(*) AS calls,
         COUNT(*) - COUNT(cost_micro_usd) AS unpriced_calls, SUM(possibly_billed) AS possibly_billed_calls,
         SUM(reserved_micro_usd) AS reserved_micro_usd, SUM(reserved_tokens) AS reserved_tokens, ${spendSums}
       FROM ledger ${join} WHERE at >= :from AND at < :to
       GROUP BY 1 ORDER BY ${isByDay ? "key" : "SUM(cost_micro_usd) DESC, key"}`,
    )
    .all({
      from: query.from,
      to: query.to,
      ...(isByDay ? { offsetMs: query.utcOffsetMinutes * 60_000 } : {}),
    });
  return rows.map((row) => toCostRow(row as unknown as CostColumns));
}

interface SumColumns extends SpendColumns {
  reserved_micro_usd: number;
  reserved_tokens: number;
}

/** One pass over the rows: a start waits for it, and listCosts sorts them to count their sessions. */
export function sumCosts(scope: Scope, from: number): Amount {
  const row = scope
    .statement(
      `SELECT ${spendSums}, COALESCE(SUM(reserved_micro_usd), 0) AS reserved_micro_usd,
         COALESCE(SUM(reserved_tokens), 0) AS reserved_tokens FROM ledger WHERE at >= ?`,
    )
    .get(from) as unknown as SumColumns;
  const booked = { microUsd: row.cost_micro_usd, tokens: row.input_tokens + row.output_tokens };
  return addAmounts(booked, { microUsd: row.reserved_micro_usd, tokens: row.reserved_tokens });
}

function toCostRow(row: CostColumns): CostRow {
  return {
    key: row.key,
    sessions: row.sessions,
    calls: row.calls,
    unpricedCalls: row.unpriced_calls,
    possiblyBilledCalls: row.possibly_billed_calls,
    usage: toUsage(row),
    costMicroUsd: row.cost_micro_usd,
    reserved: { microUsd: row.reserved_micro_usd, tokens: row.reserved_tokens },
  };
}
