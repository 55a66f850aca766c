import {
  type Budget,
  type BudgetCover,
  type BudgetStanding,
  isLimited,
  meetBudgets,
  noBudget,
  toCovers,
  toLeft,
} from "../core/budget.ts";
import { ProfclawError } from "../core/errors.ts";
import type { ModelChoice } from "../core/model-choice.ts";
import type { SessionSpec } from "../core/session.ts";
import type { BudgetBook } from "../ledger/budget-book.ts";
import { toAmountText, toBudgetName, toUnpricedText, toWayOut } from "../ledger/budget-text.ts";
import type { EngineParts } from "./engine-parts.ts";

/** A budget as it will hold, and what to tell the caller who asked for another one. */
export interface ResolvedBudget {
  budget: Budget;
  warnings: string[];
}

/** What is asked for, never more than what the budgets above have left. Throws budget-exceeded where that is nothing. */
export function clampBudget(book: BudgetBook, wanted: Budget, above: readonly BudgetCover[]): ResolvedBudget {
  const standings = above.map((cover) => book.standingOf(cover));
  for (const standing of [...standings, ...Object.values(book.periods())]) refuseSpent(standing);
  const left = standings.map(toLeft).reduce(meetBudgets, noBudget);
  const budget = {
    microUsd: wanted.microUsd === null ? null : meetBudgets(wanted, left).microUsd,
    tokens: wanted.tokens === null ? null : meetBudgets(wanted, left).tokens,
  };
  const isLower = budget.microUsd !== wanted.microUsd || budget.tokens !== wanted.tokens;
  const warning = `The budget of ${toAmountText(wanted)} was lowered to ${toAmountText(budget)}: no more is left above it.`;
  return { budget, warnings: isLower ? [warning] : [] };
}

function refuseSpent(standing: BudgetStanding): void {
  const left = toLeft(standing);
  if (left.microUsd !== 0 && left.tokens !== 0) return;
  throw new ProfclawError(
    "budget-exceeded",
    `Nothing is left of ${toBudgetName(standing)} (${toAmountText(standing.budget)}).`,
    { hint: toWayOut(standing) },
  );
}

/** A session's own budget; `choice` null: its agent says itself what it costs. Throws budget-exceeded and budget-unpriced. */
export async function resolveBudget(
  parts: EngineParts,
  choice: ModelChoice | null,
  wanted: Pick<SessionSpec, "id" | "budget" | "sharedBudgets">,
): Promise<ResolvedBudget> {
  const book = await parts.ledger.openBook();
  const resolved = clampBudget(book, wanted.budget, wanted.sharedBudgets);
  if (choice !== null) await refuseUnpriced(parts, choice, toCovers({ ...wanted, budget: resolved.budget }));
  return resolved;
}

/** Throws budget-unpriced where only limits in USD cover a session whose model has no price. */
export async function refuseUnpriced(
  parts: EngineParts,
  { provider, model }: ModelChoice,
  covers: readonly BudgetCover[],
): Promise<void> {
  const book = await parts.ledger.openBook();
  const standings = [...covers.map((cover) => book.standingOf(cover)), ...Object.values(book.periods())];
  const limited = standings.filter(({ budget }) => isLimited(budget));
  const inMoney = limited.find(({ budget }) => budget.microUsd !== null);
  if (inMoney === undefined || limited.some(({ budget }) => budget.tokens !== null)) return;
  if ((await parts.priceAtMost({ provider, model, inputTokens: 1, outputTokens: 1 })) !== null) return;
  throw new ProfclawError("budget-unpriced", toUnpricedText(model, inMoney), {
    pointer: "model",
    hint: "Give a budget in tokens too (budget_tokens, --budget-tokens), or take a model with a price.",
  });
}
