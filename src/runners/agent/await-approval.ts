import type { AskSummary } from "../../core/approval.ts";
import type { OpenCall } from "../../core/open-call.ts";
import type { AgentRun, JournalSteps } from "./agent-run.ts";

const longestSummary = 200;

/** Parks the session until somebody answers one of its asks. */
export async function* awaitApproval(run: AgentRun, calls: readonly OpenCall[]): JournalSteps {
  const asks = calls.flatMap(({ approval }): AskSummary[] => {
    if (approval === null) return [];
    const { number, tool, text, untilMs } = approval.ask;
    return [{ number, tool, what: toSummary(text), untilMs }];
  });
  const untilMs = Math.min(...asks.map((ask) => ask.untilMs));
  yield run.take({ type: "wait-start", wait: { on: "approval", untilMs, asks } });
}

/** The first of what it would do, behind the tool's name; its lines stay lines. */
function toSummary(text: string): string {
  const [, ...lines] = text.slice(0, longestSummary * 4).split("\n");
  return lines.join("\n").slice(0, longestSummary);
}
