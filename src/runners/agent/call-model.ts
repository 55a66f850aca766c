import type { LanguageModelV4CallOptions, LanguageModelV4FunctionTool } from "@ai-sdk/provider";
import type { CallPass, PlannedCall } from "../../core/call-gate.ts";
import type { JournalEvent } from "../../core/journal.ts";
import { toCallOptions, withTraceParent } from "../../providers/call-options.ts";
import { priceCall } from "../../providers/price-call.ts";
import { type TurnModel, type TurnOutcome, streamTurn } from "../../providers/stream-turn.ts";
import { toToolDeclaration } from "../../tools/registry.ts";
import type { AgentRun, JournalSteps } from "./agent-run.ts";
import { toFailedEnd } from "./conclude.ts";
import { type Reserved, endFailedCall, toFailureReport, toParkEvent, toReserved } from "./failed-call.ts";
import { countInputAtMost } from "./input-at-most.ts";
import { openModel, toKeyWait } from "./model-access.ts";
import { nothingDone, passGates } from "./pass-gates.ts";
import { toPrompt } from "./prompt.ts";
import { readNews } from "./read-news.ts";
import { toSystemText } from "./system-text.ts";

/** One turn: mail in, intent on disk, the model's answer on disk. What may pass later parks the session. */
export async function* callModel(run: AgentRun, turn: number): JournalSteps {
  const { context, parts } = run;
  const model = await openModel(run);
  if (model === null) {
    yield run.take({ type: "wait-start", wait: toKeyWait(run) });
    return;
  }
  const interruption = context.interruption();
  for (const event of await readNews(context, "between-turns")) run.hold(event);
  const options = toOptions(run);
  const planned = toPlannedCall(run, turn, options);
  const entry = await passGates(parts.gates, planned);
  if (entry.kind === "park") yield run.take(await toParkEvent(run, entry.wait));
  else if (entry.kind === "refuse") yield run.take(await toFailedEnd(run, entry.reason, entry.fault));
  else yield* makeCall(run, { planned, model, options, interruption, pass: entry.pass });
}

interface ModelCall {
  planned: PlannedCall;
  model: TurnModel;
  options: LanguageModelV4CallOptions;
  pass: CallPass;
  interruption: AbortSignal;
}

async function* makeCall(run: AgentRun, call: ModelCall): JournalSteps {
  try {
    yield* askModel(run, call);
  } finally {
    // Where the engine lets go of the run before the call went out, nobody else says so.
    call.pass.leave(nothingDone);
  }
}

async function* askModel(run: AgentRun, call: ModelCall): JournalSteps {
  const { planned, model, options, pass } = call;
  const { context, parts } = run;
  const { turn } = planned;
  const reserved = toReserved(pass);
  yield run.take({ type: "turn-start", turn, ...reserved });
  context.showLive({ type: "activity", text: `asking ${context.session.model}` });
  const startedAt = parts.clock.now();
  const outcome = await streamTurn({
    model,
    options: withTraceParent(options, context.trace.beginCall()),
    signal: AbortSignal.any([context.signal, call.interruption]),
    onDelta: (delta) => context.showLive(delta),
  });
  if (outcome.kind === "answer") {
    const end = await toTurnEnd(run, { turn, startedAt, outcome, reserved });
    pass.leave({ kind: "answered", usage: end.usage, costMicroUsd: end.costMicroUsd });
    yield run.take(end);
    return;
  }
  pass.leave(toFailureReport(outcome));
  const isInterrupted = call.interruption.aborted && outcome.fault.code === "aborted";
  yield* endFailedCall(run, { planned, reserved, isInterrupted }, outcome);
}

function toPlannedCall(
  { context, transcript }: AgentRun,
  turn: number,
  { prompt, tools, maxOutputTokens }: LanguageModelV4CallOptions,
): PlannedCall {
  const { session } = context;
  return {
    session,
    turn,
    provider: session.provider,
    model: session.model,
    inputTokensAtMost: () => countInputAtMost(transcript, () => JSON.stringify([prompt, tools])),
    outputTokensAtMost: maxOutputTokens ?? session.maxOutputTokens,
  };
}

function toOptions({ context, offer, transcript }: AgentRun): LanguageModelV4CallOptions {
  const { session } = context;
  return toCallOptions({
    provider: session.provider,
    prompt: toPrompt([toSystemText(session), ...offer.notes].join("\n\n"), transcript.messages),
    tools: offer.names.map((name) => toFunctionTool(offer, name)),
    maxOutputTokens: session.maxOutputTokens,
    effort: session.effort,
  });
}

function toFunctionTool({ registry }: AgentRun["offer"], name: string): LanguageModelV4FunctionTool {
  const declaration = toToolDeclaration(registry.get(name));
  return { type: "function", ...declaration };
}

interface AnsweredCall {
  turn: number;
  startedAt: number;
  outcome: Extract<TurnOutcome, { kind: "answer" }>;
  reserved: Reserved;
}

async function toTurnEnd(
  { context, parts }: AgentRun,
  { turn, startedAt, outcome, reserved }: AnsweredCall,
): Promise<Extract<JournalEvent, { type: "turn-end" }>> {
  const { provider, model } = context.session;
  const { content, finish, usage, usageKnown, reportedCostUsd } = outcome;
  const { clock } = parts;
  const unpriced = { costMicroUsd: null, price: null };
  const priced = usageKnown ? await priceCall({ provider, model, usage, reportedCostUsd, clock }) : unpriced;
  const durationMs = clock.now() - startedAt;
  const { costMicroUsd, price } = priced;
  const end = { turn, content, finish, usage, costMicroUsd, price, durationMs };
  return usageKnown ? { type: "turn-end", ...end } : { type: "turn-end", ...end, ...reserved };
}
