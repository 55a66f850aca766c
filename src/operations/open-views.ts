import type { BatchView, BudgetView, SessionView } from "../contract/shapes.ts";
import { type BudgetCover, type BudgetStanding, isLimited } from "../core/budget.ts";
import type { SessionRecord } from "../core/session.ts";
import type { BatchSummary } from "../store/store.ts";
import type { OperationParts } from "./parts.ts";
import { toBatchView, toBudgetView, toSessionView } from "./views.ts";

/** Sessions and batches on the wire, with what is known of them right now. */
export interface Views {
  session(record: SessionRecord): SessionView;
  batch(batch: BatchSummary): BatchView;
  batchBudget(batch: Pick<BatchSummary, "id" | "budget">): BudgetView | null;
}

export async function openViews(parts: OperationParts): Promise<Views> {
  const book = await parts.engineParts.ledger.openBook();
  const standingOf = (cover: BudgetCover): BudgetStanding | null =>
    isLimited(cover.budget) ? book.standingOf(cover) : null;
  return {
    session(record) {
      const { id, budget } = record;
      const standing = standingOf({ scope: "session", id, budget });
      return toSessionView(record, { activity: parts.engine.activityOf(id), budget: standing });
    },
    batch(batch) {
      const { id, budget } = batch;
      return toBatchView(batch, standingOf({ scope: "batch", id, budget }));
    },
    batchBudget({ id, budget }) {
      const standing = standingOf({ scope: "batch", id, budget });
      return standing === null ? null : toBudgetView(standing);
    },
  };
}
