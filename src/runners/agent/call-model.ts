import type { LanguageModelV4CallOptions, LanguageModelV4FunctionTool } from "@ai-sdk/provider";
import type { CallPass, CallReport, PlannedCall } from "../../core/call-gate.ts";
import { toPlainText } from "../../core/content.ts";
import { ProfclawError } from "../../core/errors.ts";
import type { JournalEvent } from "../../core/journal.ts";
import type { Wait } from "../../core/session.ts";
import { toCallOptions } from "../../providers/call-options.ts";
import type { ProviderFault } from "../../providers/fault.ts";
import { priceCall } from "../../providers/price-call.ts";
import { toRetryDelay } from "../../providers/retry-delay.ts";
import { type TurnModel, type TurnOutcome, streamTurn } from "../../providers/stream-turn.ts";
import { toToolDeclaration } from "../../tools/registry.ts";
import type { AgentRun, JournalSteps } from "./agent-run.ts";
import { toFailedEnd } from "./conclude.ts";
import { passGates } from "./pass-gates.ts";
import { toPrompt } from "./prompt.ts";
import { readNews } from "./read-news.ts";
import { toSystemText } from "./system-text.ts";

// Cool-downs that a provider asks for end some time; a fault that is nobody's wish gets less patience.
const coolDownPatienceMs = 6 * 3_600_000;
const keyPatienceMs = 24 * 3_600_000;

/** One turn: mail in, intent on disk, the model's answer on disk. What may pass later parks the session. */
export async function* callModel(run: AgentRun, turn: number): JournalSteps {
  const { context, parts } = run;
  const model = await openModel(run);
  if (model === null) {
    yield run.take({ type: "wait-start", wait: toKeyWait(run) });
    return;
  }
  for (const event of await readNews(context)) run.hold(event);
  const options = toOptions(run);
  const entry = await passGates(parts.gates, toPlannedCall(run, turn, options));
  if (entry.kind === "park") yield run.take({ type: "wait-start", wait: entry.wait });
  else if (entry.kind === "refuse") yield run.take(await toFailedEnd(run, entry.reason, entry.fault));
  else yield* makeCall(run, { turn, model, options, pass: entry.pass });
}

interface ModelCall {
  turn: number;
  model: TurnModel;
  options: LanguageModelV4CallOptions;
  pass: CallPass;
}

async function* makeCall(run: AgentRun, { turn, model, options, pass }: ModelCall): JournalSteps {
  const { context, parts } = run;
  const { reservedMicroUsd } = pass;
  yield run.take({ type: "turn-start", turn, reservedMicroUsd });
  context.showLive({ type: "activity", text: `asking ${context.session.model}` });
  const startedAt = parts.clock.now();
  const outcome = await streamTurn({
    model,
    options,
    signal: context.signal,
    onDelta: (delta) => context.showLive(delta),
  });
  if (outcome.kind === "answer") {
    const end = await toTurnEnd(run, { turn, startedAt, outcome });
    pass.leave({ kind: "answered", usage: end.usage, costMicroUsd: end.costMicroUsd });
    yield run.take(end);
    return;
  }
  pass.leave(toFailureReport(outcome));
  yield* endFailedTurn(run, { turn, reservedMicroUsd }, outcome);
}

function toFailureReport({ fault, possiblyBilled }: Failure): CallReport {
  const { code, status, retryAfterMs } = fault;
  return { kind: "failed", code, status: status ?? null, retryAfterMs, possiblyBilled };
}

function toPlannedCall(
  { context }: AgentRun,
  turn: number,
  { prompt, tools, maxOutputTokens }: LanguageModelV4CallOptions,
): PlannedCall {
  const { session } = context;
  return {
    session,
    turn,
    provider: session.provider,
    model: session.model,
    // No tokenizer makes more tokens than there are bytes.
    inputTokensAtMost: () => Buffer.byteLength(JSON.stringify([prompt, tools])),
    outputTokensAtMost: maxOutputTokens ?? session.maxOutputTokens,
  };
}

/** Null if the key has gone since the session was accepted: a client may bring it again. */
async function openModel({ parts, context }: AgentRun): Promise<TurnModel | null> {
  try {
    return await parts.catalog.openModel(context.session);
  } catch (error) {
    if (error instanceof ProfclawError && error.code === "provider-key-missing") return null;
    throw error;
  }
}

function toKeyWait({ parts, context }: AgentRun): Wait {
  const untilMs = parts.clock.now() + keyPatienceMs;
  return { on: "credential", provider: context.session.provider, untilMs };
}

function toOptions({ context, parts, transcript }: AgentRun): LanguageModelV4CallOptions {
  const { session } = context;
  return toCallOptions({
    provider: session.provider,
    prompt: toPrompt(toSystemText(session), transcript.messages),
    tools: session.tools.map((name) => toFunctionTool(parts, name)),
    maxOutputTokens: session.maxOutputTokens,
    effort: session.effort,
  });
}

function toFunctionTool(parts: AgentRun["parts"], name: string): LanguageModelV4FunctionTool {
  const declaration = toToolDeclaration(parts.tools.get(name));
  return { type: "function", ...declaration };
}

type Answer = Extract<TurnOutcome, { kind: "answer" }>;

async function toTurnEnd(
  { context, parts }: AgentRun,
  { turn, startedAt, outcome }: { turn: number; startedAt: number; outcome: Answer },
): Promise<Extract<JournalEvent, { type: "turn-end" }>> {
  const { provider, model } = context.session;
  const { content, finish, usage, usageKnown } = outcome;
  const unpriced = { costMicroUsd: null, price: null };
  const priced = usageKnown ? await priceCall({ provider, model, usage, clock: parts.clock }) : unpriced;
  const durationMs = parts.clock.now() - startedAt;
  const { costMicroUsd, price } = priced;
  return { type: "turn-end", turn, content, finish, usage, costMicroUsd, price, durationMs };
}

type Failure = Extract<TurnOutcome, { kind: "failure" }>;

async function* endFailedTurn(
  run: AgentRun,
  call: { turn: number; reservedMicroUsd: number },
  failure: Failure,
): JournalSteps {
  const { fault, partial, possiblyBilled } = failure;
  const retryAt = run.context.signal.aborted ? null : toRetryAt(run, fault);
  const shutdown = run.context.signal.reason === "shutdown";
  const failed: JournalEvent = {
    type: "turn-fail",
    ...call,
    error: { code: shutdown ? "interrupted" : fault.code, detail: fault.detail },
    partialText: toPlainText(partial),
    possiblyBilled,
    retryAt,
  };
  const events = run.take(failed);
  if (run.context.signal.aborted) yield events;
  else if (retryAt === null) yield [...events, await toFailedEnd(run, "provider-error", fault)];
  else yield [...events, ...run.take({ type: "wait-start", wait: toCoolDown(fault, retryAt) })];
}

/** When to ask again; null if never, or if the patience is spent by then. */
function toRetryAt({ parts, transcript }: AgentRun, fault: ProviderFault): number | null {
  if (fault.retry === "never") return null;
  const now = parts.clock.now();
  const { count, firstAt } = transcript.failedAttempts;
  const isCoolDown = fault.code === "rate-limited" || fault.code === "overloaded";
  const patienceMs = isCoolDown ? coolDownPatienceMs : parts.faultPatienceMs;
  const delay = toRetryDelay({
    attempt: count + 1,
    retryAfterMs: fault.retryAfterMs,
    random: () => parts.random(),
  });
  const retryAt = now + delay;
  return retryAt - (count === 0 ? now : firstAt) > patienceMs ? null : retryAt;
}

function toCoolDown(fault: ProviderFault, untilMs: number): Wait {
  return { on: "cool-down", untilMs, detail: fault.detail };
}
