import type { Client } from "../../client/create-client.ts";
import type { FlowView } from "../../contract/flow-shapes.ts";
import type { NewBatchInput } from "../../contract/session-operations.ts";
import { toShortId } from "../../core/id.ts";
import type { CliContext } from "../context.ts";
import { linkAndGreet } from "../daemon-link.ts";
import { listAll } from "../list-all.ts";
import { toJsonText, toPlainText } from "../plain-text.ts";
import { renderResult, withWholeResults } from "../result-text.ts";
import { askConsent } from "../spawn/ask-consent.ts";
import { type SpawnManner, showWindows } from "../spawn/spawn-sessions.ts";
import { toSynthesisFlow } from "./fan-out-flow.ts";
import { renderFlowEnd, renderFlowPlan } from "./flow-text.ts";
import { untilFlowEnds } from "./watch-flow.ts";
import { interruptedExitCode } from "../context.ts";

interface Joining {
  body: NewBatchInput;
  /** What is to be made of the results. */
  ask: string;
  manner: SpawnManner;
}

/** Spawns a batch, waits, and lets one more session join the results. Resolves to the exit code. */
export async function spawnAndJoin({ body, ask, manner }: Joining, context: CliContext): Promise<number> {
  const { sessions: _, parent: _parent, webhook: _webhook, dry_run: _dryRun, ...shared } = body;
  const request = { ...shared, flow: toSynthesisFlow(body, ask) };
  const client = await linkAndGreet(context);
  try {
    const { idempotency_key: _key, ...trial } = request;
    const plan = await client.planFlow(trial);
    for (const line of renderFlowPlan(plan)) context.terminal.say(line);
    if (manner.dryRun === true) {
      context.terminal.print(manner.json === true ? toJsonText(plan) : "");
      context.terminal.say("Nothing was started.");
      return 0;
    }
    const hasBudget = body.budget_usd !== undefined || body.budget_tokens !== undefined;
    const consent = { sessions: Array.from({ length: plan.sessions }), estimate: plan.estimate };
    await askConsent(consent, manner.yes === true || hasBudget, context);
    const flow = await client.createFlow(request);
    await showWindows([flow.id], manner, context);
    return await waitAndPrint({ client, flow, manner, context });
  } finally {
    client.close();
  }
}

interface Started {
  client: Client;
  flow: FlowView;
  manner: SpawnManner;
  context: CliContext;
}

async function waitAndPrint({ client, flow, manner, context }: Started): Promise<number> {
  const { terminal } = context;
  if (manner.detach === true) {
    terminal.print(manner.json === true ? toJsonText(flow) : flow.id);
    terminal.say(`Started. See it: profclaw flow show ${toShortId(flow.id)}`);
    return 0;
  }
  const ended = await untilFlowEnds({ client, flow, context });
  if (ended.ended_at === null) return interruptedExitCode;
  const [first] = ended.steps[0]?.units ?? [];
  const session = first?.session_id ? await client.getSession({ id: first.session_id }) : undefined;
  const batch = session === undefined ? undefined : await client.getBatch({ id: session.batch_id });
  const sessions = batch === undefined ? [] : (await listAll(client, { batch: batch.id })).toReversed();
  const synthesis = toSynthesis(ended);
  if (manner.json === true) terminal.print(toJsonText({ ...batch, sessions, synthesis }));
  else {
    const whole = await withWholeResults(client, sessions);
    const texts = whole.map((one) => renderResult(one, terminal.dataColors));
    const joined =
      synthesis === null
        ? []
        : [`== synthesis${synthesis.degraded ? "  degraded" : ""}\n${toPlainText(synthesis.text)}`];
    terminal.print([...texts, ...joined].join("\n\n"));
  }
  for (const line of renderFlowEnd(ended)) terminal.say(line);
  return ended.status === "completed" ? 0 : 1;
}

function toSynthesis(
  flow: FlowView,
): { text: string; degraded: boolean; missing: { id: string; reason: string }[] } | null {
  if (flow.status !== "completed" || flow.result === null) return null;
  const missing = flow.missing.map(({ session_id, label, reason }) => ({ id: session_id ?? label, reason }));
  return { text: flow.result, degraded: flow.degraded, missing };
}
