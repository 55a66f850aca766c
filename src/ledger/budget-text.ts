import type { Budget, BudgetStanding } from "../core/budget.ts";
import { toShortId } from "../core/id.ts";
import { toUsdString } from "../core/money.ts";
import type { WorstCase } from "./budget-book.ts";

/** "the budget of batch 1a2b3c4d", "today's limit", "this month's limit". */
export function toBudgetName({ scope, id }: Pick<BudgetStanding, "scope" | "id">): string {
  if (scope === "day") return `the limit of the day ${id}`;
  if (scope === "month") return `the limit of the month ${id}`;
  return `the budget of ${scope} ${toShortId(id)}`;
}

/** How it stands, in the unit in which the call does not fit: "… is $1.00: $0.93 spent, $0.05 set aside …". */
export function toFullText(standing: BudgetStanding, worst: WorstCase): string {
  const { budget, spent, reserved } = standing;
  const name = toBudgetName(standing);
  const needed = worst.microUsd ?? 0;
  const isMoney = budget.microUsd !== null && spent.microUsd + reserved.microUsd + needed > budget.microUsd;
  const numbers = isMoney
    ? [budget.microUsd ?? 0, spent.microUsd, reserved.microUsd, needed].map(toMoneyText)
    : [budget.tokens ?? 0, spent.tokens, reserved.tokens, worst.tokens].map((tokens) => `${tokens} tokens`);
  return `${name.charAt(0).toUpperCase()}${name.slice(1)} ${toSentence(numbers)}`;
}

function toSentence([limit, spent, reserved, needed]: readonly string[]): string {
  return (
    `is ${limit}: ${spent} spent, ${reserved} set aside for calls in flight; ` +
    `the next call may take ${needed}.`
  );
}

function toMoneyText(microUsd: number): string {
  return `$${toUsdString(microUsd)}`;
}

/** "80 % of the budget of batch 1a2b3c4d is spent: $1.61 of $2.00". */
export function toShareText(standing: BudgetStanding, share: number): string {
  const { budget, spent } = standing;
  const money = budget.microUsd === null ? [] : [[spent.microUsd, budget.microUsd].map(toMoneyText)];
  const counted = budget.tokens === null ? [] : [[`${spent.tokens}`, `${budget.tokens} tokens`]];
  const amounts = [...money, ...counted].map((pair) => pair.join(" of ")).join(", ");
  return `${Math.round(share * 100)} % of ${toBudgetName(standing)} is spent: ${amounts}`;
}

/** "$2.00", "50000 tokens", "$2.00 and 50000 tokens". */
export function toAmountText({ microUsd, tokens }: Budget): string {
  const money = microUsd === null ? [] : [toMoneyText(microUsd)];
  return [...money, ...(tokens === null ? [] : [`${tokens} tokens`])].join(" and ");
}

/** What to do when a budget is spent. */
export function toWayOut({ scope }: Pick<BudgetStanding, "scope">): string {
  if (scope === "day" || scope === "month") {
    return `Wait for the next ${scope}, or raise the limit (profclaw cost limits set --${scope} …, or PUT /api/cost/limits).`;
  }
  return "Spawn again with a larger budget, or with a smaller max_output_tokens.";
}

/** Why a limit in money cannot hold for a model without a price, and what to do. */
export function toUnpricedText(model: string, standing: Pick<BudgetStanding, "scope" | "id">): string {
  return `No price is known for ${model}, so ${toBudgetName(standing)} cannot be kept in USD.`;
}
