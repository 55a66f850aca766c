import {
  type Amount,
  type BudgetCover,
  type BudgetStanding,
  type PeriodLimits,
  addAmounts,
  findCrossedShare,
  noAmount,
} from "../core/budget.ts";
import type { Clock } from "../core/clock.ts";
import { type Period, toPeriodId } from "./period.ts";

/** The worst case of a call; `microUsd` null: no price is known. */
export interface WorstCase {
  microUsd: number | null;
  tokens: number;
}

/** Money and tokens set aside. `settle` gives them back and books what was really spent, once. */
export interface Reservation {
  settle(spent: Amount): void;
  /** Books a part of it that is spent already; the rest stays set aside. Nothing after `settle`. */
  spend(part: Amount): void;
}

/**
 * `full`: it does not fit into `standing`; `forNow` if it would once the calls in flight have settled.
 * `unpriced`: a limit in money covers the call, its price is unknown, and no limit in tokens is there.
 */
export type ReserveOutcome =
  | { kind: "reserved"; reservation: Reservation }
  | { kind: "full"; standing: BudgetStanding; forNow: boolean }
  | { kind: "unpriced"; standing: BudgetStanding };

/** What was spent before this process began. */
export interface OpeningBalance {
  covered: readonly ({ covers: readonly BudgetCover[] } & Amount)[];
  day: Amount;
  month: Amount;
}

/**
 * Every budget's account, in memory: nothing is read or written here. For each limit, spent and set
 * aside together never go above it, as long as no call costs more than its worst case.
 */
export interface BudgetBook {
  reserve(covers: readonly BudgetCover[], worst: WorstCase): ReserveOutcome;
  /** Without asking whether it fits: for what was decided elsewhere, or before. */
  setAside(covers: readonly BudgetCover[], amount: Amount): Reservation;
  standingOf(cover: BudgetCover): BudgetStanding;
  /** Begins to count for what had no budget until now and has spent that much. */
  open(cover: BudgetCover, spent: Amount): void;
  /** Today's and this month's. */
  periods(): Record<Period, BudgetStanding>;
  setLimits(limits: PeriodLimits): void;
}

interface Account {
  spent: Amount;
  reserved: Amount;
}

export interface BookSetting {
  clock: Pick<Clock, "now">;
  limits: PeriodLimits;
  opening: OpeningBalance;
  /** A budget has reached a share of itself at which a person is told. */
  onShare?: (standing: BudgetStanding, share: number) => void;
}

export function createBudgetBook(setting: BookSetting): BudgetBook {
  return new MemoryBook(setting);
}

class MemoryBook implements BudgetBook {
  private readonly clock: Pick<Clock, "now">;
  private readonly accounts = new Map<string, Account>();
  /** By day and month: a call that crosses midnight is booked on the day on which it ends. */
  private readonly spentIn = new Map<string, Amount>();
  /** Of all calls in flight: they may end in any period, so they count in each. */
  private inFlight: Amount = noAmount;
  private limits: PeriodLimits;
  private readonly onShare: BookSetting["onShare"];

  constructor({ clock, limits, opening, onShare }: BookSetting) {
    this.clock = clock;
    this.limits = limits;
    this.onShare = onShare;
    for (const { covers, ...amount } of opening.covered) {
      for (const cover of covers) this.bookSpent(this.accountOf(cover), amount);
    }
    this.spentIn.set(toPeriodId("day", clock.now()), opening.day);
    this.spentIn.set(toPeriodId("month", clock.now()), opening.month);
  }

  reserve(covers: readonly BudgetCover[], worst: WorstCase): ReserveOutcome {
    const standings = this.standingsOf(covers);
    const inTokens = standings.some(({ budget }) => budget.tokens !== null);
    const inMoney = standings.find(({ budget }) => budget.microUsd !== null);
    if (worst.microUsd === null && inMoney !== undefined && !inTokens) {
      return { kind: "unpriced", standing: inMoney };
    }
    const amount = { microUsd: worst.microUsd ?? 0, tokens: worst.tokens };
    const never = standings.find((standing) => !fits(standing, amount, noAmount));
    if (never !== undefined) return { kind: "full", standing: never, forNow: false };
    const notNow = standings.find((standing) => !fits(standing, amount, standing.reserved));
    if (notNow !== undefined) return { kind: "full", standing: notNow, forNow: true };
    return { kind: "reserved", reservation: this.setAside(covers, amount) };
  }

  standingOf(cover: BudgetCover): BudgetStanding {
    const { spent, reserved } = this.accounts.get(toKey(cover)) ?? { spent: noAmount, reserved: noAmount };
    return { ...cover, spent, reserved };
  }

  open(cover: BudgetCover, spent: Amount): void {
    if (!this.accounts.has(toKey(cover))) this.bookSpent(this.accountOf(cover), spent);
  }

  periods(): Record<Period, BudgetStanding> {
    return { day: this.periodStanding("day"), month: this.periodStanding("month") };
  }

  setLimits(limits: PeriodLimits): void {
    this.limits = limits;
  }

  private periodStanding(period: Period): BudgetStanding {
    const id = toPeriodId(period, this.clock.now());
    const spent = this.spentIn.get(id) ?? noAmount;
    return { scope: period, id, budget: this.limits[period], spent, reserved: this.inFlight };
  }

  private standingsOf(covers: readonly BudgetCover[]): BudgetStanding[] {
    return [...covers.map((cover) => this.standingOf(cover)), ...Object.values(this.periods())];
  }

  setAside(covers: readonly BudgetCover[], amount: Amount): Reservation {
    const accounts = covers.map((cover) => this.accountOf(cover));
    let open = amount;
    let isOpen = true;
    const give = (part: Amount): void => {
      for (const account of accounts) account.reserved = addAmounts(account.reserved, part);
      this.inFlight = addAmounts(this.inFlight, part);
    };
    const book = (spent: Amount, released: Amount): void => {
      if (!isOpen) return;
      const before = this.standingsOf(covers);
      give(subtract(noAmount, released));
      open = subtract(open, released);
      for (const account of accounts) this.bookSpent(account, spent);
      this.bookInPeriods(spent);
      this.tellShares(before, this.standingsOf(covers));
    };
    give(amount);
    return {
      spend: (part) => book(part, atMost(part, open)),
      settle(spent) {
        book(spent, open);
        isOpen = false;
      },
    };
  }

  private tellShares(before: readonly BudgetStanding[], after: readonly BudgetStanding[]): void {
    for (const [at, standing] of after.entries()) {
      const share = findCrossedShare(before[at] ?? standing, standing);
      if (share !== undefined) this.onShare?.(standing, share);
    }
  }

  private bookInPeriods(spent: Amount): void {
    for (const period of ["day", "month"] as const) {
      const id = toPeriodId(period, this.clock.now());
      this.spentIn.set(id, addAmounts(this.spentIn.get(id) ?? noAmount, spent));
    }
  }

  private bookSpent(account: Account, spent: Amount): void {
    account.spent = addAmounts(account.spent, spent);
  }

  private accountOf(cover: BudgetCover): Account {
    const key = toKey(cover);
    const account = this.accounts.get(key) ?? { spent: noAmount, reserved: noAmount };
    this.accounts.set(key, account);
    return account;
  }
}

function toKey({ scope, id }: BudgetCover): string {
  return `${scope}:${id}`;
}

function fits({ budget, spent }: BudgetStanding, amount: Amount, reserved: Amount): boolean {
  const after = addAmounts(addAmounts(spent, reserved), amount);
  const hasMoney = budget.microUsd === null || after.microUsd <= budget.microUsd;
  return hasMoney && (budget.tokens === null || after.tokens <= budget.tokens);
}

function atMost(a: Amount, b: Amount): Amount {
  return { microUsd: Math.min(a.microUsd, b.microUsd), tokens: Math.min(a.tokens, b.tokens) };
}

function subtract(a: Amount, b: Amount): Amount {
  return { microUsd: a.microUsd - b.microUsd, tokens: a.tokens - b.tokens };
}
