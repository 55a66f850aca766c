import type { AcceptedBatchView } from "../contract/session-operations.ts";
import type { Budget } from "../core/budget.ts";
import type { SessionRecord } from "../core/session.ts";
import { openViews } from "./open-views.ts";
import type { OperationParts } from "./parts.ts";

/** What of a batch was accepted. */
export interface AcceptedBatch {
  id: string;
  budget: Budget;
  records: readonly SessionRecord[];
  warnings: string[];
}

export async function toAcceptedView(
  parts: OperationParts,
  { id, budget, records, warnings }: AcceptedBatch,
): Promise<AcceptedBatchView> {
  const views = await openViews(parts);
  return {
    batch_id: id,
    sessions: records.map((record) => views.session(record)),
    warnings,
    concurrency: parts.pool.get().maxConcurrent,
    budget: views.batchBudget({ id, budget }),
    links: toLinks(id),
  };
}

function toLinks(batchId: string): Record<string, string> {
  return {
    batch: `/api/batches/${batchId}`,
    wait: `/api/batches/${batchId}/wait`,
    cancel: `/api/batches/${batchId}/cancel`,
    sessions: `/api/agents/sessions?batch=${batchId}`,
  };
}
