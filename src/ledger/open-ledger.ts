import { type PeriodLimits, addAmounts } from "../core/budget.ts";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Store } from "../store/store.ts";
import { type BudgetBook, createBudgetBook } from "./budget-book.ts";
import { toShareText } from "./budget-text.ts";
import { type Period, periods, toPeriodStart } from "./period.ts";

export interface LedgerParts {
  store: Pick<Store, "readSpending" | "sumCosts" | "readLimits" | "writeLimits">;
  clock: Pick<Clock, "now">;
  /** What the environment says; a period that was set by hand keeps what was set. */
  limits: PeriodLimits;
  /** Tells a person that a budget is half spent, or nearly. */
  log: Log;
}

/** The budgets of this daemon: opened once from the store, then kept in memory. */
export interface Ledger {
  /** Nobody may call a model before this has resolved. Asked again, it is the same book. */
  openBook(): Promise<BudgetBook>;
  /** Replaces the limits of the periods that are given, also for later daemons; answers all of them. */
  changeLimits(limits: Partial<PeriodLimits>): Promise<PeriodLimits>;
  readLimits(): Promise<PeriodLimits>;
  /** What the environment says. */
  settings(): PeriodLimits;
  /** The environment says something else; answers the periods that keep what was set by hand. */
  changeSettings(limits: PeriodLimits): Promise<Period[]>;
}

export function createLedger(parts: LedgerParts): Ledger {
  let opening: Promise<BudgetBook> | undefined;
  const openBook = (): Promise<BudgetBook> => {
    opening ??= readBook(parts, readLimits).catch((error: unknown) => {
      // A store that could not be read may be read the next time.
      opening = undefined;
      throw error;
    });
    return opening;
  };
  let settings = parts.limits;
  const readLimits = async (): Promise<PeriodLimits> => ({
    ...settings,
    ...(await parts.store.readLimits()),
  });
  return {
    openBook,
    readLimits,
    settings: () => settings,
    async changeSettings(limits) {
      const book = await openBook();
      settings = limits;
      const byHand = await parts.store.readLimits();
      book.setLimits({ ...settings, ...byHand });
      return periods.filter((period) => byHand[period] !== undefined);
    },
    async changeLimits(limits) {
      const book = await openBook();
      await parts.store.writeLimits(limits);
      const all = await readLimits();
      book.setLimits(all);
      return all;
    },
  };
}

/** One consistent reading: calls of one tick go to the store together. */
async function readBook(
  { store, clock, log }: LedgerParts,
  readLimits: () => Promise<PeriodLimits>,
): Promise<BudgetBook> {
  const now = clock.now();
  const [spending, day, month, limits] = await Promise.all([
    store.readSpending(),
    store.sumCosts(toPeriodStart("day", now)),
    store.sumCosts(toPeriodStart("month", now)),
    readLimits(),
  ]);
  const { sessions, inFlight } = spending;
  return createBudgetBook({
    clock,
    limits,
    onShare: (standing, share) => log(toShareText(standing, share), { level: "warn" }),
    opening: {
      covered: sessions,
      day: addAmounts(day, inFlight),
      month: addAmounts(month, inFlight),
    },
  });
}
