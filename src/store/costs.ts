import type { Amount, BudgetCover, PeriodLimits } from "../core/budget.ts";
import type { CostGroup } from "../core/cost-group.ts";
import type { SessionId } from "../core/id.ts";
import type { PriceUsed } from "../core/journal.ts";
import type { MicroUsd } from "../core/money.ts";
import type { Usage } from "../core/usage.ts";

/** One row of the ledger. A call that may have been billed but brought no usage has `possiblyBilled`. */
export interface ModelCall {
  turn: number;
  provider: string;
  model: string;
  usage: Usage;
  /** Null: the price list does not know the model. */
  costMicroUsd: MicroUsd | null;
  price: PriceUsed | null;
  possiblyBilled: boolean;
  /** Of a call whose usage nobody knows: the worst case that was set aside for it. 0 otherwise. */
  reservedMicroUsd: MicroUsd;
  reservedTokens: number;
}

/** Money and tokens of the ledger, and the worst case of the calls whose usage nobody knows. */
export interface Spending {
  sessions: SessionSpending[];
  /** Set aside for calls that were in flight when the last daemon died: part of no sum of the ledger. */
  inFlight: Amount;
  /** What living sessions have left of what was set aside at the launch of their agents. */
  allowed: OpenAllowance[];
}

export interface OpenAllowance {
  sessionId: SessionId;
  covers: BudgetCover[];
  microUsd: MicroUsd;
}

export interface SessionSpending extends Amount {
  covers: BudgetCover[];
}

export interface PastCostQuery {
  provider: string;
  model: string;
  limit: number;
}

/** `from` inclusive, `to` exclusive, ms. Days are local: `utcOffsetMinutes` east of UTC. */
export interface CostQuery {
  from: number;
  to: number;
  groupBy: CostGroup;
  utcOffsetMinutes: number;
}

export interface CostRow {
  key: string;
  sessions: number;
  calls: number;
  unpricedCalls: number;
  possiblyBilledCalls: number;
  usage: Usage;
  costMicroUsd: MicroUsd;
  /** The worst case of calls whose usage nobody knows. */
  reserved: Amount;
}

/** The ledger, and the limits of days and months. */
export interface CostStore {
  /** Books a call that no session made; its session and batch are "". */
  bookCall(booking: { at: number; call: ModelCall }): Promise<void>;
  listCosts(query: CostQuery): Promise<CostRow[]>;
  /** All that was booked since then, with the worst case of the calls whose usage nobody knows. */
  sumCosts(from: number): Promise<Amount>;
  /** What has been spent under each budget of a session or batch, and in calls that no row tells of yet. */
  readSpending(): Promise<Spending>;
  /** What the latest completed sessions of a model cost that had a price, newest first. */
  listPastCosts(query: PastCostQuery): Promise<MicroUsd[]>;
  /** The periods whose limits were set, also those set to none. */
  readLimits(): Promise<Partial<PeriodLimits>>;
  /** Replaces the limits of the periods that are given. */
  writeLimits(limits: Partial<PeriodLimits>): Promise<void>;
}
