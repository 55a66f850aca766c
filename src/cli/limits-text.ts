import type { BudgetView, LimitsView } from "../contract/shapes.ts";
import { toCostText } from "./money-text.ts";

/** "today       $12.60 of $20.00 spent (63 %)", a line for each period; "no limit" where there is none. */
export function renderLimits({ day, month }: LimitsView): string[] {
  return [`today       ${toStandingText(day)}`, `this month  ${toStandingText(month)}`];
}

function toStandingText(limit: BudgetView): string {
  const texts = toSpentTexts(limit);
  return texts.length === 0 ? `${toCostText(limit.spent_usd)} spent, no limit` : texts.join(", ");
}

/** "limit today: $12.60 of $20.00 spent (63 %)"; nothing where there is no limit. */
export function renderLimited({ day, month }: LimitsView): string[] {
  return [...toLimitedLines("today", day), ...toLimitedLines("this month", month)];
}

function toLimitedLines(when: string, limit: BudgetView): string[] {
  return toSpentTexts(limit).map((text) => `limit ${when}: ${text}`);
}

/** One text for each unit that is limited. */
function toSpentTexts(limit: BudgetView): string[] {
  const { usd, tokens, spent_usd: spentUsd, spent_tokens: spentTokens } = limit;
  const money = usd === null ? [] : [`${toCostText(spentUsd)} of ${toCostText(usd)} spent`];
  const counted = tokens === null ? [] : [`${spentTokens} of ${tokens} tokens spent`];
  const shares = toShares(limit);
  return [...money, ...counted].map((text, at) => `${text} (${toPercentText(shares[at] ?? 0)})`);
}

/** What of each limited unit is spent: money first, then tokens; 1 at most. */
function toShares({ usd, tokens, spent_usd: spentUsd, spent_tokens: spentTokens }: BudgetView): number[] {
  const money = usd === null ? [] : [Number(spentUsd) / Number(usd)];
  const counted = tokens === null ? [] : [spentTokens / tokens];
  return [...money, ...counted].map((share) => Math.min(1, share));
}

/** The part of a budget that is spent, in the unit in which it is more; 0 without a limit. */
export function toShare(budget: BudgetView): number {
  return Math.max(0, ...toShares(budget));
}

/** Rounded down: 100 % is said of what is spent to the last cent only. */
export function toPercentText(share: number): string {
  return `${Math.floor(share * 100)} %`;
}

/** "$1.58 of $2.00 left", in the unit in which less of it is left. */
export function toLeftText(budget: BudgetView): string {
  const [first = 0, second = 0] = toShares(budget);
  const inMoney = budget.usd !== null && (budget.tokens === null || first >= second);
  if (inMoney) return `${toCostText(budget.left_usd)} of ${toCostText(budget.usd)} left`;
  return `${budget.left_tokens ?? 0} of ${budget.tokens ?? 0} tokens left`;
}
