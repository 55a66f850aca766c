import { resolve } from "node:path";
import type { Client } from "../../client/create-client.ts";
import type { NewFlowInput } from "../../contract/flow-operations.ts";
import { toShortId } from "../../core/id.ts";
import type { CliContext } from "../context.ts";
import { linkAndGreet } from "../daemon-link.ts";
import { parseDurationFlag, parseLabels, parseUsdFlag, parseWholeFlag } from "../flag-values.ts";
import { toJsonText, toOneLine } from "../plain-text.ts";
import { askConsent } from "../spawn/ask-consent.ts";
import { type SpawnManner, showWindows } from "../spawn/spawn-sessions.ts";
import { renderFlowPlan } from "./flow-text.ts";
import { watchFlow } from "./watch-flow.ts";

/** What can be said of a flow beside its file. */
export interface FlowFlags extends SpawnManner {
  cwd?: string;
  timeout?: string;
  budget?: string;
  budgetTokens?: string;
  label?: string[];
  idempotencyKey?: string;
}

type FlowRequest = Pick<NewFlowInput, "flow" | "vars">;

/** The flags as the body of the REST request. Throws invalid-request, naming the flag that is wrong. */
export function toFlowBody(request: FlowRequest, flags: FlowFlags, cwd: string): NewFlowInput {
  const { timeout, budget, budgetTokens, label, idempotencyKey } = flags;
  return {
    ...request,
    cwd: resolve(cwd, flags.cwd ?? "."),
    ...(timeout === undefined ? {} : { timeout: parseDurationFlag("--timeout", timeout) }),
    ...(budget === undefined ? {} : { budget_usd: parseUsdFlag("--budget", budget) }),
    ...(budgetTokens === undefined
      ? {}
      : { budget_tokens: parseWholeFlag("--budget-tokens", budgetTokens, { least: 1, most: 999_999_999 }) }),
    ...(label === undefined ? {} : { labels: parseLabels(label) }),
    ...(idempotencyKey === undefined ? {} : { idempotency_key: idempotencyKey }),
  };
}

/** Plan, consent, start; then wait or leave it alone. Resolves to the exit code. */
export async function startFlow(
  body: NewFlowInput,
  manner: SpawnManner,
  context: CliContext,
): Promise<number> {
  const client = await linkAndGreet(context);
  try {
    return await runFlow({ client, body, manner, context });
  } finally {
    client.close();
  }
}

interface FlowStart {
  client: Client;
  body: NewFlowInput;
  manner: SpawnManner;
  context: CliContext;
}

async function runFlow({ client, body, manner, context }: FlowStart): Promise<number> {
  const { terminal } = context;
  const { idempotency_key: _, ...trial } = body;
  const plan = await client.planFlow(trial);
  for (const warning of plan.warnings) terminal.say(`warning: ${toOneLine(warning)}`);
  for (const line of renderFlowPlan(plan)) terminal.say(line);
  if (manner.dryRun === true) {
    terminal.print(manner.json === true ? toJsonText(plan) : plan.steps.map(({ id }) => id).join("\n"));
    terminal.say("Nothing was started.");
    return 0;
  }
  const hasBudget = body.budget_usd ?? body.budget_tokens ?? body.flow.budget ?? body.flow.budget_tokens;
  const consent = { sessions: Array.from({ length: plan.sessions }), estimate: plan.estimate };
  await askConsent(consent, manner.yes === true || hasBudget !== undefined, context);
  const flow = await client.createFlow(body);
  await showWindows([flow.id], manner, context);
  if (manner.detach !== true) return watchFlow({ client, flow, context, asJson: manner.json === true });
  terminal.print(manner.json === true ? toJsonText(flow) : flow.id);
  terminal.say(`Started. See it: profclaw flow show ${toShortId(flow.id)}`);
  return 0;
}
