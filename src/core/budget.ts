import type { SessionId } from "./id.ts";
import type { MicroUsd } from "./money.ts";

/** What may be spent, in money, in tokens or in both; null: no limit in that. */
export interface Budget {
  microUsd: MicroUsd | null;
  tokens: number | null;
}

/** Money and tokens, input and output together. */
export interface Amount {
  microUsd: MicroUsd;
  tokens: number;
}

/** A budget that covers a session: its own, its batch's, or one of those above it. */
export interface BudgetCover {
  scope: "session" | "batch";
  /** The session's or batch's. */
  id: string;
  budget: Budget;
}

/** What all sessions together may spend in a local day and in a local month. */
export interface PeriodLimits {
  day: Budget;
  month: Budget;
}

/** How a budget stands. `reserved`: set aside for calls in flight. */
export interface BudgetStanding {
  scope: BudgetCover["scope"] | keyof PeriodLimits;
  /** The session's or batch's; the day or month as 2026-11-21 or 2026-11. */
  id: string;
  budget: Budget;
  spent: Amount;
  reserved: Amount;
}

export const noBudget: Budget = Object.freeze({ microUsd: null, tokens: null });
export const noAmount: Amount = Object.freeze({ microUsd: 0, tokens: 0 });
export const noLimits: PeriodLimits = Object.freeze({ day: noBudget, month: noBudget });

export function isLimited({ microUsd, tokens }: Budget): boolean {
  return microUsd !== null || tokens !== null;
}

/** Every budget that a session's calls count against, the nearest first: tree semantics. */
export function toCovers(spec: {
  id: SessionId;
  budget: Budget;
  sharedBudgets: BudgetCover[];
}): BudgetCover[] {
  const { id, budget, sharedBudgets } = spec;
  return isLimited(budget) ? [{ scope: "session", id, budget }, ...sharedBudgets] : sharedBudgets;
}

// Where JavaScript's integers end: a sum stays there instead of losing count.
const most = Number.MAX_SAFE_INTEGER;

export function addAmounts(a: Amount, b: Amount): Amount {
  return {
    microUsd: Math.min(a.microUsd + b.microUsd, most),
    tokens: Math.min(a.tokens + b.tokens, most),
  };
}

/** What a budget has left beside what is spent; what is set aside may still come back. Never below 0. */
export function toLeft({ budget, spent }: BudgetStanding): Budget {
  return {
    microUsd: budget.microUsd === null ? null : Math.max(0, budget.microUsd - spent.microUsd),
    tokens: budget.tokens === null ? null : Math.max(0, budget.tokens - spent.tokens),
  };
}

/** The tighter of two limits, in money and in tokens. */
export function meetBudgets(a: Budget, b: Budget): Budget {
  return { microUsd: least(a.microUsd, b.microUsd), tokens: least(a.tokens, b.tokens) };
}

function least(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

/** What is contradictory in the limits of day and month; undefined if nothing is. */
export function findLimitsFault({ day, month }: PeriodLimits): string | undefined {
  if (isAbove(day.microUsd, month.microUsd)) return "The day's limit in USD is above the month's.";
  if (isAbove(day.tokens, month.tokens)) return "The day's limit in tokens is above the month's.";
  return undefined;
}

/** True if both are limits and the first is the higher. */
export function isAbove(a: number | null, b: number | null): boolean {
  return a !== null && b !== null && a > b;
}

/** Shares of a budget at which a person is told. */
export const warnedShares = [0.5, 0.8, 0.95] as const;

/** The highest of these shares that was reached between two states of a budget; undefined if none was. */
export function findCrossedShare(before: BudgetStanding, after: BudgetStanding): number | undefined {
  const [from, to] = [toSpentShare(before), toSpentShare(after)];
  return warnedShares.findLast((share) => from < share && share <= to);
}

/** The part that is spent, in the unit in which it is more; 0 without a limit. */
function toSpentShare({ budget, spent }: BudgetStanding): number {
  const money = budget.microUsd === null ? 0 : spent.microUsd / budget.microUsd;
  const counted = budget.tokens === null ? 0 : spent.tokens / budget.tokens;
  return Math.max(money, counted);
}
