import { type Budget, noBudget } from "../core/budget.ts";
import type { SessionRecord, SessionSpec } from "../core/session.ts";
import type { EngineParts } from "./engine-parts.ts";
import { toSpec } from "./fresh-record.ts";
import { renewBudget } from "./renew-budget.ts";

/** What is to be different when an ended session goes on. */
interface Wishes {
  budget?: Budget;
  maxTurns?: number | undefined;
  timeoutMs?: number | undefined;
}

/** What holds for a session that had ended and goes on. Throws budget-exceeded where nothing is left. */
export async function toNextLife(
  parts: EngineParts,
  record: SessionRecord,
  wishes: Wishes = {},
): Promise<SessionSpec> {
  const budgets = await renewBudget(parts, record, wishes.budget ?? noBudget);
  return {
    ...toSpec(record),
    ...budgets,
    maxTurns: wishes.maxTurns ?? record.maxTurns,
    timeoutMs: wishes.timeoutMs ?? record.timeoutMs,
    ...(wishes.timeoutMs === undefined ? {} : { silenceMs: null }),
    resumes: (record.resumes ?? 0) + 1,
  };
}
