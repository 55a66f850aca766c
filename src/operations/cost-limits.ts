import type { LimitsView } from "../contract/shapes.ts";
import { type Budget, type BudgetStanding, type PeriodLimits, findLimitsFault } from "../core/budget.ts";
import { ProfclawError } from "../core/errors.ts";
import { parseUsd } from "../core/money.ts";
import type { OperationParts } from "./parts.ts";
import { toBudgetView } from "./views.ts";

export async function getCostLimits(parts: OperationParts): Promise<LimitsView> {
  return toLimitsView((await parts.engineParts.ledger.openBook()).periods());
}

interface LimitInput {
  usd?: string | number | null | undefined;
  tokens?: number | null | undefined;
}

/** Replaces the limits of the periods that are given; calls in flight are counted, none is stopped. */
export async function putCostLimits(
  parts: OperationParts,
  input: { day?: LimitInput | undefined; month?: LimitInput | undefined },
): Promise<LimitsView> {
  const { ledger } = parts.engineParts;
  const changed: Partial<PeriodLimits> = {
    ...(input.day === undefined ? {} : { day: toBudget(input.day) }),
    ...(input.month === undefined ? {} : { month: toBudget(input.month) }),
  };
  const fault = findLimitsFault({ ...(await ledger.readLimits()), ...changed });
  if (fault !== undefined) {
    throw new ProfclawError("invalid-request", fault, {
      pointer: input.day === undefined ? "/month" : "/day",
      hint: "Raise the month's, or lower the day's.",
    });
  }
  await ledger.changeLimits(changed);
  return getCostLimits(parts);
}

function toBudget({ usd, tokens }: LimitInput): Budget {
  const microUsd = usd === undefined || usd === null ? null : (parseUsd(usd) ?? null);
  return { microUsd, tokens: tokens ?? null };
}

export function toLimitsView({ day, month }: Record<"day" | "month", BudgetStanding>): LimitsView {
  return { day: toBudgetView(day), month: toBudgetView(month) };
}
