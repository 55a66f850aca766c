import { type Amount, type BudgetCover, type PeriodLimits, addAmounts, noAmount } from "../../core/budget.ts";
import type { JournalEvent } from "../../core/journal.ts";
import type { SessionId } from "../../core/id.ts";
import type { MicroUsd } from "../../core/money.ts";
import type { OpenAllowance, PastCostQuery, SessionSpending, Spending } from "../costs.ts";
import type { Scope } from "./connection.ts";

interface CoveredRow {
  number: number;
  covers: string;
  micro_usd: number;
  tokens: number;
}

/** The sums stand in the sessions' rows; only calls whose usage nobody knows are looked up in the ledger. */
export function readSpending(scope: Scope): Spending {
  const open = readOpenCalls(scope);
  const rows = scope
    .statement(
      `SELECT sessions.number, covers,
         cost_micro_usd + (SELECT COALESCE(SUM(reserved_micro_usd), 0) FROM ledger
           WHERE session_id = sessions.id AND reserved_tokens > 0) AS micro_usd,
         input_tokens + output_tokens + (SELECT COALESCE(SUM(reserved_tokens), 0) FROM ledger
           WHERE session_id = sessions.id AND reserved_tokens > 0) AS tokens
       FROM specs JOIN sessions ON sessions.number = specs.session WHERE covers IS NOT NULL`,
    )
    .all() as unknown as CoveredRow[];
  return {
    sessions: rows.map((row) => toSessionSpending(row, open.get(row.number) ?? noAmount)),
    inFlight: [...open.values()].reduce(addAmounts, noAmount),
    allowed: readAllowed(scope),
  };
}

interface AllowedRow {
  id: SessionId;
  covers: string | null;
  micro_usd: number;
}

/** The latest launch of each living session, less what has been booked since. */
function readAllowed(scope: Scope): OpenAllowance[] {
  const rows = scope
    .statement(
      `SELECT id, covers, allowed - (SELECT COALESCE(SUM(event ->> '$.costMicroUsd'), 0) FROM journal
           WHERE session = owner AND seq > launch AND event ->> '$.type' = 'turn-end') AS micro_usd
       FROM (SELECT id, covers, sessions.number AS owner, MAX(journal.seq) AS launch, event ->> '$.allowedMicroUsd' AS allowed
         FROM sessions JOIN specs ON specs.session = sessions.number JOIN journal ON journal.session = sessions.number
         WHERE status IN ('running', 'waiting') AND spec ->> '$.agent' <> 'builtin'
           AND event ->> '$.type' = 'agent-launch' GROUP BY sessions.number)
       WHERE allowed IS NOT NULL`,
    )
    .all() as unknown as AllowedRow[];
  return rows.map(({ id, covers, micro_usd }) => ({
    sessionId: id,
    covers: covers === null ? [] : (JSON.parse(covers) as BudgetCover[]),
    microUsd: Math.max(0, micro_usd),
  }));
}

function toSessionSpending(row: CoveredRow, inFlight: Amount): SessionSpending {
  const booked = { microUsd: row.micro_usd, tokens: row.tokens };
  return { covers: JSON.parse(row.covers) as BudgetCover[], ...addAmounts(booked, inFlight) };
}

/** By session: what was set aside for a call whose end the journal does not know. */
function readOpenCalls(scope: Scope): Map<number, Amount> {
  const rows = scope
    .statement(
      `SELECT number, (SELECT event FROM journal WHERE session = sessions.number
         AND event ->> '$.type' IN ('turn-start', 'turn-end', 'turn-fail', 'context-compact') ORDER BY seq DESC LIMIT 1) AS event
       FROM sessions WHERE status = 'running'`,
    )
    .all() as unknown as { number: number; event: string | null }[];
  const open = new Map<number, Amount>();
  for (const { number, event } of rows) {
    const last = event === null ? undefined : (JSON.parse(event) as JournalEvent);
    if (last?.type !== "turn-start") continue;
    open.set(number, { microUsd: last.reservedMicroUsd, tokens: last.reservedTokens ?? 0 });
  }
  return open;
}

// Of a model whose sessions rarely complete not all of them are looked at.
const mostLookedAt = 500;

/** Completed sessions of one model with a price, newest first. */
export function listPastCosts(scope: Scope, { provider, model, limit }: PastCostQuery): MicroUsd[] {
  const rows = scope
    .statement(
      `SELECT cost_micro_usd FROM sessions JOIN (
         SELECT session FROM specs WHERE provider = ? AND model = ? ORDER BY session DESC LIMIT ${mostLookedAt}
       ) ON session = number
       WHERE status = 'completed' AND unpriced_calls = 0 AND turns > 0 ORDER BY number DESC LIMIT ?`,
    )
    .all(provider, model, limit) as unknown as { cost_micro_usd: number }[];
  return rows.map((row) => row.cost_micro_usd);
}

interface LimitRow {
  period: keyof PeriodLimits;
  micro_usd: number | null;
  tokens: number | null;
}

export function readLimits(scope: Scope): Partial<PeriodLimits> {
  const rows = scope.statement("SELECT period, micro_usd, tokens FROM limits").all() as unknown as LimitRow[];
  return Object.fromEntries(
    rows.map((row) => [row.period, { microUsd: row.micro_usd, tokens: row.tokens }]),
  ) as Partial<PeriodLimits>;
}

export function writeLimits(scope: Scope, limits: Partial<PeriodLimits>): void {
  const replace = scope.statement(
    "INSERT OR REPLACE INTO limits (period, micro_usd, tokens) VALUES (?, ?, ?)",
  );
  for (const [period, budget] of Object.entries(limits)) replace.run(period, budget.microUsd, budget.tokens);
}
