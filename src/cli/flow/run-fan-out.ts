import type { Client } from "../../client/create-client.ts";
import type { FlowFile, FlowView } from "../../contract/flow-shapes.ts";
import { ProfclawError } from "../../core/errors.ts";
import { toShortId } from "../../core/id.ts";
import type { CliContext } from "../context.ts";
import { linkAndGreet } from "../daemon-link.ts";
import { toJsonText, toOneLine } from "../plain-text.ts";
import { askConsent } from "../spawn/ask-consent.ts";
import { showWindows } from "../spawn/spawn-sessions.ts";
import { toFanOutFlow, toPlanFlow } from "./fan-out-flow.ts";
import { renderFlowPlan } from "./flow-text.ts";
import { type FlowFlags, toFlowBody } from "./start-flow.ts";
import { untilFlowEnds, watchFlow } from "./watch-flow.ts";

interface FanOut {
  client: Client;
  task: string;
  defaults: FlowFile["defaults"];
  flags: FlowFlags;
  context: CliContext;
}

/** Plans, shows the plan with what it usually costs, asks where it is much, spawns, collects and joins. */
export async function runFanOut(fanOut: Omit<FanOut, "client">): Promise<number> {
  const client = await linkAndGreet(fanOut.context);
  try {
    return await planAndRun({ ...fanOut, client });
  } finally {
    client.close();
  }
}

async function planAndRun(fanOut: FanOut): Promise<number> {
  const { client, task, defaults, flags, context } = fanOut;
  const { terminal } = context;
  const body = toFlowBody({ flow: toFanOutFlow(task, defaults), vars: {} }, flags, context.cwd);
  const { idempotency_key: _, ...trial } = body;
  for (const line of renderFlowPlan(await client.planFlow(trial))) terminal.say(line);
  if (flags.dryRun === true) {
    terminal.say("Nothing was started.");
    return 0;
  }
  if (flags.detach === true) return startWhole(fanOut, body);
  const planned = await plan(fanOut, body);
  const { parts } = readParts(planned);
  for (const { name } of parts) terminal.say(`  part: ${toOneLine(name)}`);
  const cut = toFanOutFlow(task, defaults);
  const known = cut.steps.map((step) => (step.id === "parts" ? { ...step, foreach: parts } : step));
  const estimate = await client.planFlow({ ...trial, flow: { ...cut, steps: known } });
  terminal.say(renderFlowPlan(estimate)[0] ?? "");
  const hasBudget = body.budget_usd !== undefined || body.budget_tokens !== undefined;
  const consent = { sessions: Array.from({ length: estimate.sessions }), estimate: estimate.estimate };
  await askConsent(consent, flags.yes === true || hasBudget, context);
  const { budget_usd, budget_tokens } = body;
  const limits = {
    ...(budget_usd === undefined ? {} : { budget_usd }),
    ...(budget_tokens === undefined ? {} : { budget_tokens }),
  };
  const flow = await client.resumeFlow({ id: planned.id, flow: cut, ...limits });
  await showWindows([flow.id], flags, context);
  return watchFlow({ client, flow, context, asJson: flags.json === true });
}

/** Nobody is there to look at a plan: then a yes or a budget has to stand for it. */
async function startWhole(
  { client, flags, context }: FanOut,
  body: ReturnType<typeof toFlowBody>,
): Promise<number> {
  const hasBudget = body.budget_usd !== undefined || body.budget_tokens !== undefined;
  if (flags.yes !== true && !hasBudget) {
    throw new ProfclawError(
      "budget-exceeded",
      "How many parts there will be is not known; nothing was started.",
      {
        hint: "Say it with the command: --yes, or what they may spend: --budget 2.00",
      },
    );
  }
  const flow = await client.createFlow(body);
  await showWindows([flow.id], flags, context);
  context.terminal.print(flags.json === true ? toJsonText(flow) : flow.id);
  context.terminal.say(`Started. See it: profclaw flow show ${toShortId(flow.id)}`);
  return 0;
}

/** Runs the planner alone. Throws invalid-request where no plan came of it. */
async function plan(
  { client, task, defaults, context }: FanOut,
  body: ReturnType<typeof toFlowBody>,
): Promise<FlowView> {
  const flow = await client.createFlow({ ...body, flow: toPlanFlow(task, defaults) });
  context.terminal.say(`planning (flow ${toShortId(flow.id)}) …`);
  const planned = await untilFlowEnds({ client, flow, context });
  if (planned.status === "completed") return planned;
  throw new ProfclawError("needs-input", `No plan came of it: ${planned.reason ?? planned.status}`, {
    hint: `See why: profclaw flow show ${toShortId(flow.id)}; or write the parts yourself: docs/flows.md`,
  });
}

function readParts({ result }: FlowView): { parts: { name: string; task: string }[] } {
  // The daemon has checked its shape.
  const text = (result ?? "").trim().replace(/^```(?:json)?\s*\n([\s\S]*?)\n```$/, "$1");
  return JSON.parse(text) as { parts: { name: string; task: string }[] };
}
