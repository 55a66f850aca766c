import { toAskSummary } from "../../core/approval.ts";
import type { OpenCall } from "../../core/open-call.ts";
import type { AgentRun, JournalSteps } from "./agent-run.ts";

/** Parks the session until somebody answers one of its asks. */
export async function* awaitApproval(run: AgentRun, calls: readonly OpenCall[]): JournalSteps {
  const asks = calls.flatMap(({ approval }) => (approval === null ? [] : [toAskSummary(approval.ask)]));
  const untilMs = Math.min(...asks.map((ask) => ask.untilMs));
  yield run.take({ type: "wait-start", wait: { on: "approval", untilMs, asks } });
}
