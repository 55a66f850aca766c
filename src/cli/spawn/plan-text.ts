import type { AcceptedBatchView } from "../../contract/session-operations.ts";
import { toDurationText } from "../../core/duration.ts";
import { toCountText } from "../outcome.ts";
import { toModelText } from "../session-text.ts";

/** "3 sessions · anthropic/claude-sonnet-4-6 · at most 10 at once · each may run 5m00s". */
export function renderPlan(plan: AcceptedBatchView, timeoutMs: number): string {
  const count = toCountText(plan.sessions.length, "session");
  const limit = `at most ${plan.concurrency} at once`;
  return `${count} · ${toModels(plan)} · ${limit} · each may run ${toDurationText(timeoutMs)}`;
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
