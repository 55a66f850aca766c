import type { AcceptedBatchView } from "../contract/session-operations.ts";
import type { Budget } from "../core/budget.ts";
import { toUsdString } from "../core/money.ts";
import type { SessionSpec } from "../core/session.ts";
import { estimateRun } from "../ledger/estimate-run.ts";
import type { OperationParts } from "./parts.ts";

/** What a batch will usually cost; never more than its budget lets it. */
export async function estimateBatch(
  { engineParts }: OperationParts,
  specs: readonly SessionSpec[],
  budget: Budget,
): Promise<NonNullable<AcceptedBatchView["estimate"]>> {
  const { microUsd, basis } = await estimateRun(engineParts, specs);
  if (microUsd === null) return { usd: null, basis };
  return { usd: toUsdString(Math.min(microUsd, budget.microUsd ?? microUsd)), basis };
}
