import type { Client } from "../../client/create-client.ts";
import type { AcceptedBatchView } from "../../contract/session-operations.ts";
import type { BatchView } from "../../contract/shapes.ts";
import { type CliContext, interruptedExitCode } from "../context.ts";
import { toCountText, toExitCode } from "../outcome.ts";
import { toJsonText } from "../plain-text.ts";
import { renderResult, withWholeResults } from "../result-text.ts";
import { createBudgetWatch } from "./budget-watch.ts";
import { renderEndReport, renderNextSteps } from "./end-report.ts";
import { showProgress } from "./show-progress.ts";
import { watchBatch } from "./watch-batch.ts";

export interface Waiting {
  client: Client;
  accepted: AcceptedBatchView;
  context: CliContext;
  asJson: boolean;
}

/** Waits to the end of a batch and prints its results. Ctrl-C leaves the sessions running and says so. */
export async function waitForResults(waiting: Waiting): Promise<number> {
  const { client, accepted, context, asJson } = waiting;
  const detach = new AbortController();
  using _ = context.onInterrupt(() => detach.abort());
  const snapshots = watchBatch(client, {
    batchId: accepted.batch_id,
    sessions: accepted.sessions,
    signal: detach.signal,
    isLive: context.terminal.isLive,
  });
  const last = await showProgress(snapshots, {
    context,
    interruptHint: "Ctrl-C detaches, they go on",
    budgets: createBudgetWatch(),
  });
  if (detach.signal.aborted) return sayDetached(waiting);
  const { sessions } = last;
  const batch = await readSum(last.batch, waiting);
  if (asJson) {
    context.terminal.print(toJsonText({ ...batch, sessions }));
  } else {
    const whole = await withWholeResults(client, sessions);
    const texts = whole.map((session) => renderResult(session, context.terminal.dataColors));
    context.terminal.print(texts.join("\n\n"));
  }
  for (const line of renderEndReport(batch, sessions)) context.terminal.say(line);
  return toExitCode(sessions);
}

/** What was read beside the last session's end may be from before it. */
async function readSum(last: BatchView | null, { client, accepted }: Waiting): Promise<BatchView> {
  const isWhole = last !== null && last.ended_at !== null;
  return isWhole ? last : client.getBatch({ id: accepted.batch_id });
}

function sayDetached({ accepted, context }: Waiting): number {
  const count = toCountText(accepted.sessions.length, "session");
  context.terminal.say(`Detached: ${count} go on without this terminal.`);
  for (const line of renderNextSteps(accepted.batch_id)) context.terminal.say(line);
  return interruptedExitCode;
}
