import { type Amount, type Budget, isLimited, noBudget, toLeft } from "../core/budget.ts";
import { ProfclawError } from "../core/errors.ts";
import { toShortId } from "../core/id.ts";
import type { SessionRecord } from "../core/session.ts";
import { toAmountText } from "../ledger/budget-text.ts";
import type { EngineParts } from "./engine-parts.ts";
import { clampBudget, refuseUnpriced } from "./resolve-budget.ts";

/**
 * The budget of a session that goes on: what it has spent, and `wanted` on top; without a wish the old one
 * stands. Throws budget-exceeded where nothing is left, of its own or above it.
 */
export async function renewBudget(
  parts: EngineParts,
  record: SessionRecord,
  wanted: Budget,
): Promise<Pick<SessionRecord, "budget" | "sharedBudgets">> {
  const { sharedBudgets } = record;
  const book = await parts.ledger.openBook();
  const cover = { scope: "session" as const, id: record.id, budget: record.budget };
  const more = clampBudget(book, wanted, sharedBudgets).budget;
  if (!isLimited(wanted)) {
    refuseSpentOwn(record, toLeft(book.standingOf(cover)));
    return { budget: record.budget, sharedBudgets };
  }
  // Without a budget until now, nobody has counted for it.
  if (!isLimited(record.budget)) book.open(cover, toOwnSpending(record));
  const { spent } = book.standingOf(cover);
  const budget = {
    microUsd: more.microUsd === null ? null : spent.microUsd + more.microUsd,
    tokens: more.tokens === null ? null : spent.tokens + more.tokens,
  };
  await refuseUnpriced(parts, { ...record, warnings: [] }, [{ ...cover, budget }, ...sharedBudgets]);
  return { budget, sharedBudgets };
}

function toOwnSpending({ costMicroUsd, usage }: SessionRecord): Amount {
  return { microUsd: costMicroUsd, tokens: usage.inputTokens + usage.outputTokens };
}

function refuseSpentOwn(record: SessionRecord, left: Budget = noBudget): void {
  if (left.microUsd !== 0 && left.tokens !== 0) return;
  throw new ProfclawError(
    "budget-exceeded",
    `Session ${record.id} has spent its budget (${toAmountText(record.budget)}).`,
    {
      pointer: "budget_usd",
      hint: `Give it more on top: profclaw agent resume ${toShortId(record.id)} --budget 1.00`,
    },
  );
}
