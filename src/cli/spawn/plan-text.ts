import type { AcceptedBatchView } from "../../contract/session-operations.ts";
import type { BudgetView } from "../../contract/shapes.ts";
import { toDurationText } from "../../core/duration.ts";
import { toCostText } from "../money-text.ts";
import { toCountText } from "../outcome.ts";
import { toModelText } from "../session-text.ts";

/**
 * "3 sessions · anthropic/claude-sonnet-4-6 · at most 10 at once · each may run 5m00s · about $0.42 (history
 * of 12 sessions) · budget $2.00 · $18.20 left today".
 */
export function renderPlan(plan: AcceptedBatchView): string {
  const { timeout_ms: timeoutMs, limits } = plan;
  return [
    toCountText(plan.sessions.length, "session"),
    toModels(plan),
    `at most ${plan.concurrency} at once`,
    ...(timeoutMs === undefined ? [] : [`each may run ${toDurationText(timeoutMs)}`]),
    ...toEstimateTexts(plan),
    ...toBudgetTexts(plan.budget, (amount) => `budget ${amount}`, "limit"),
    ...toBudgetTexts(limits?.day ?? null, (amount) => `${amount} left today`, "left"),
    ...toBudgetTexts(limits?.month ?? null, (amount) => `${amount} left this month`, "left"),
  ].join(" · ");
}

function toEstimateTexts({ estimate }: AcceptedBatchView): string[] {
  if (estimate === undefined) return [];
  return [estimate.usd === null ? "cost unknown" : `about ${toCostText(estimate.usd)} (${estimate.basis})`];
}

/** Nothing where there is no limit. */
function toBudgetTexts(
  budget: BudgetView | null,
  say: (amount: string) => string,
  which: "limit" | "left",
): string[] {
  const usd = (which === "limit" ? budget?.usd : budget?.left_usd) ?? null;
  const tokens = (which === "limit" ? budget?.tokens : budget?.left_tokens) ?? null;
  const amounts = [
    ...(usd === null ? [] : [toCostText(usd)]),
    ...(tokens === null ? [] : [`${tokens} tokens`]),
  ];
  return amounts.length === 0 ? [] : [say(amounts.join(" and "))];
}

function toModels({ sessions }: AcceptedBatchView): string {
  const counts = new Map<string, number>();
  for (const session of sessions) {
    const runner = session.agent === "builtin" ? "" : `${session.agent} `;
    const model = `${runner}${toModelText(session)}`;
    counts.set(model, (counts.get(model) ?? 0) + 1);
  }
  if (counts.size === 1) return [...counts.keys()].join("");
  return [...counts].map(([model, count]) => `${count} × ${model}`).join(", ");
}
