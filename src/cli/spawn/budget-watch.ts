import type { BudgetView } from "../../contract/shapes.ts";
import { warnedShares } from "../../core/budget.ts";
import { toLeftText, toPercentText, toShare } from "../limits-text.ts";
import type { BatchSnapshot } from "./watch-batch.ts";

/** A budget that the sessions of a spawn are under, as people call it. */
interface NamedBudget {
  name: string;
  budget: BudgetView;
}

/** How the tightest of the budgets stands. */
export interface BudgetNews {
  /** "budget: $1.58 of $2.00 left". */
  left: string;
  share: number;
  /** A threshold was crossed since the last look: "80 % of the budget is spent: $0.40 of $2.00 left". */
  warning: string | null;
}

export interface BudgetWatch {
  /** Null where nothing is limited, or nothing is known yet. */
  look(snapshot: BudgetStandings): BudgetNews | null;
}

type BudgetStandings = Pick<BatchSnapshot, "batch" | "limits">;

/** Looks at a batch's budget and at the limits of day and month, and tells each threshold once. */
export function createBudgetWatch(): BudgetWatch {
  const warned = new Map<string, number>();
  return {
    look(snapshot) {
      const budgets = listBudgets(snapshot);
      const [tightest] = budgets.toSorted((a, b) => toShare(b.budget) - toShare(a.budget));
      if (tightest === undefined) return null;
      const { name, budget } = tightest;
      const share = toShare(budget);
      const crossed = warnedShares.findLast((step) => share >= step) ?? 0;
      const isNew = crossed > (warned.get(name) ?? 0);
      if (isNew) warned.set(name, crossed);
      const left = toLeftText(budget);
      const warning = isNew ? `${toPercentText(share)} of ${name} is spent: ${left}` : null;
      return { left: `${name.replace(/^the /, "")}: ${left}`, share, warning };
    },
  };
}

function listBudgets({ batch, limits }: BudgetStandings): NamedBudget[] {
  return [
    ...toNamed("the budget", batch?.budget ?? null),
    ...toNamed("today's limit", limits?.day ?? null),
    ...toNamed("this month's limit", limits?.month ?? null),
  ];
}

/** Nothing where there is no limit. */
function toNamed(name: string, budget: BudgetView | null): NamedBudget[] {
  return budget === null || (budget.usd === null && budget.tokens === null) ? [] : [{ name, budget }];
}
