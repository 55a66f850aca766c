import { type Budget, type PeriodLimits, findLimitsFault, noLimits } from "../core/budget.ts";
import { ProfclawError } from "../core/errors.ts";
import { parseUsd } from "../core/money.ts";
import type { Env } from "./environment.ts";

/**
 * What all sessions together may spend, from `PROFCLAW_BUDGET_DAY_USD`, `PROFCLAW_BUDGET_MONTH_USD` and the
 * same with `_TOKENS`. What the environment does not say stays as it is. Throws config-invalid for what is
 * no amount in range, and for a day above its month.
 */
export function parseBudgetSettings(env: Env, current: PeriodLimits = noLimits): PeriodLimits {
  const limits = {
    day: { ...current.day, ...parsePeriod(env, "DAY") },
    month: { ...current.month, ...parsePeriod(env, "MONTH") },
  };
  const fault = findLimitsFault(limits);
  if (fault === undefined) return limits;
  throw new ProfclawError("config-invalid", `${fault} (PROFCLAW_BUDGET_DAY_…, PROFCLAW_BUDGET_MONTH_…)`, {
    pointer: "PROFCLAW_BUDGET_DAY_USD",
    hint: "Raise the month's, or leave one of them out.",
  });
}

function parsePeriod(env: Env, period: "DAY" | "MONTH"): Partial<Budget> {
  const usd = `PROFCLAW_BUDGET_${period}_USD`;
  const tokens = `PROFCLAW_BUDGET_${period}_TOKENS`;
  return {
    ...(env[usd] ? { microUsd: parseUsd(env[usd]) ?? refuse(usd, env[usd], moneyRange) } : {}),
    ...(env[tokens] ? { tokens: parseTokens(env[tokens]) ?? refuse(tokens, env[tokens], tokenRange) } : {}),
  };
}

const moneyRange = {
  words: "an amount in USD above 0, at most 1000000, with up to six decimals",
  example: "20.00",
};
const tokenRange = { words: "a whole number from 1", example: "5000000" };

function parseTokens(text: string): number | undefined {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  return value >= 1 ? value : undefined;
}

function refuse(name: string, text: string, range: typeof moneyRange): never {
  throw new ProfclawError("config-invalid", `${name} is "${text}"; it must be ${range.words}.`, {
    pointer: name,
    hint: `export ${name}=${range.example}`,
  });
}
