import { type PeriodLimits, addAmounts } from "../core/budget.ts";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Store } from "../store/store.ts";
import { type AllowanceBook, createAllowanceBook } from "./allowance-book.ts";
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
  /** How many sessions may run at once. */
  places: () => number;
}

/** The budgets of this daemon: opened once from the store, then kept in memory. */
export interface Ledger {
  /** Nobody may call a model before this has resolved. Asked again, it is the same book. */
  openBook(): Promise<BudgetBook>;
  /** What is set aside for agents that are programs of their own, in that book. */
  openAllowances(): Promise<AllowanceBook>;
  /** Replaces the limits of the periods that are given, also for later daemons; answers all of them. */
  changeLimits(limits: Partial<PeriodLimits>): Promise<PeriodLimits>;
  readLimits(): Promise<PeriodLimits>;
  /** What the environment says. */
  settings(): PeriodLimits;
  /** The environment says something else; answers the periods that keep what was set by hand. */
  changeSettings(limits: PeriodLimits): Promise<Period[]>;
}

export function createLedger(parts: LedgerParts): Ledger {
  let opening: Promise<Opened> | undefined;
  const open = (): Promise<Opened> => {
    opening ??= openBooks(parts, readLimits).catch((error: unknown) => {
      // A store that could not be read may be read the next time.
      opening = undefined;
      throw error;
    });
    return opening;
  };
  const openBook = async (): Promise<BudgetBook> => (await open()).book;
  let settings = parts.limits;
  const readLimits = async (): Promise<PeriodLimits> => ({
    ...settings,
    ...(await parts.store.readLimits()),
  });
  return {
    openBook,
    openAllowances: async () => (await open()).allowances,
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

interface Opened {
  book: BudgetBook;
  allowances: AllowanceBook;
}

/** One consistent reading: calls of one tick go to the store together. */
async function openBooks(
  { store, clock, log, places }: LedgerParts,
  readLimits: () => Promise<PeriodLimits>,
): Promise<Opened> {
  const now = clock.now();
  const [spending, day, month, limits] = await Promise.all([
    store.readSpending(),
    store.sumCosts(toPeriodStart("day", now)),
    store.sumCosts(toPeriodStart("month", now)),
    readLimits(),
  ]);
  const { sessions, inFlight, allowed } = spending;
  const book = createBudgetBook({
    clock,
    limits,
    onShare: (standing, share) => log(toShareText(standing, share), { level: "warn" }),
    opening: {
      covered: sessions,
      day: addAmounts(day, inFlight),
      month: addAmounts(month, inFlight),
    },
  });
  return { book, allowances: createAllowanceBook({ book, places, open: allowed }) };
}
