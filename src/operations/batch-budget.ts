import type { NewBatchInput } from "../contract/session-operations.ts";
import { type Budget, type BudgetCover, isAbove, isLimited, toCovers } from "../core/budget.ts";
import { ProfclawError } from "../core/errors.ts";
import type { SessionRecord } from "../core/session.ts";
import { toBudget } from "../engine/to-session-request.ts";
import { clampBudget } from "../engine/resolve-budget.ts";
import type { OperationParts } from "./parts.ts";

/** The budget of a spawn request as a whole, and all that its sessions share with others. */
export interface BatchBudget {
  budget: Budget;
  sharedBudgets: BudgetCover[];
  warnings: string[];
}

/** Never more than what the budgets above the parent have left. Throws invalid-request for a contradiction. */
export async function resolveBatchBudget(
  parts: OperationParts,
  input: NewBatchInput,
  { batchId, parent }: { batchId: string; parent: SessionRecord | null },
): Promise<BatchBudget> {
  const wanted = toBudget(input);
  for (const [index, session] of input.sessions.entries()) refuseAbove(toBudget(session), wanted, index);
  const above = parent === null ? [] : toCovers(parent);
  const book = await parts.engineParts.ledger.openBook();
  const { budget, warnings } = clampBudget(book, wanted, above);
  const own: BudgetCover[] = isLimited(budget) ? [{ scope: "batch", id: batchId, budget }] : [];
  return { budget, sharedBudgets: [...own, ...above], warnings };
}

function refuseAbove(session: Budget, batch: Budget, index: number): void {
  const isMoney = isAbove(session.microUsd, batch.microUsd);
  if (!isMoney && !isAbove(session.tokens, batch.tokens)) return;
  const field = isMoney ? "budget_usd" : "budget_tokens";
  throw new ProfclawError(
    "invalid-request",
    `sessions[${index}].${field} is above the ${field} of its batch.`,
    {
      pointer: `/sessions/${index}/${field}`,
      hint: "Raise the batch's, or lower the session's.",
    },
  );
}
