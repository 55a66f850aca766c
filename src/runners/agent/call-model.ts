import type { LanguageModelV4CallOptions, LanguageModelV4FunctionTool } from "@ai-sdk/provider";
import type { CallPass, CallReport, PlannedCall } from "../../core/call-gate.ts";
import { toPlainText } from "../../core/content.ts";
import { ProfclawError } from "../../core/errors.ts";
import type { JournalEvent } from "../../core/journal.ts";
import type { SessionFault, Wait } from "../../core/session.ts";
import { toCallOptions } from "../../providers/call-options.ts";
import type { ProviderFault } from "../../providers/fault.ts";
import { findOwnFault, toPatientUntil } from "../../providers/governor/patience.ts";
import { readWaitFault } from "../../providers/governor/wait-text.ts";
import { priceCall } from "../../providers/price-call.ts";
import { toRetryDelay } from "../../providers/retry-delay.ts";
import { type TurnModel, type TurnOutcome, streamTurn } from "../../providers/stream-turn.ts";
import { toToolDeclaration } from "../../tools/registry.ts";
import type { AgentRun, JournalSteps } from "./agent-run.ts";
import { toFailedEnd } from "./conclude.ts";
import { countInputAtMost } from "./input-at-most.ts";
import { nothingDone, passGates } from "./pass-gates.ts";
import { toPrompt } from "./prompt.ts";
import { readNews } from "./read-news.ts";
import { toSystemText } from "./system-text.ts";

const keyPatienceMs = 24 * 3_600_000;

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

/** A wait at a gate; or the end, where the provider has been down for longer than is waited for it. */
async function toParkEvent(run: AgentRun, wait: Wait): Promise<JournalEvent> {
  const fault = readWaitFault(wait);
  if (fault === null || wait.on !== "cool-down") return { type: "wait-start", wait };
  const untilMs = toUntil(run, fault, wait.untilMs);
  if (untilMs !== null) return { type: "wait-start", wait: { ...wait, untilMs } };
  const ownFault = findOwnFault(run.context.journal, run.transcript.turns);
  return toFailedEnd(run, "provider-error", ownFault ?? fault);
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
    options,
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
  yield* endFailedTurn(run, { planned, reserved, isInterrupted }, outcome);
}

interface Reserved {
  reservedMicroUsd: number;
  reservedTokens: number;
}

function toReserved({ reservedMicroUsd, reservedTokens = 0 }: CallPass): Reserved {
  return { reservedMicroUsd, reservedTokens };
}

function toFailureReport({ fault, possiblyBilled }: Failure): CallReport {
  const { code, status, retryAfterMs } = fault;
  return { kind: "failed", code, status: status ?? null, retryAfterMs, possiblyBilled };
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
  const { content, finish, usage, usageKnown } = outcome;
  const unpriced = { costMicroUsd: null, price: null };
  const priced = usageKnown ? await priceCall({ provider, model, usage, clock: parts.clock }) : unpriced;
  const durationMs = parts.clock.now() - startedAt;
  const { costMicroUsd, price } = priced;
  const end = { turn, content, finish, usage, costMicroUsd, price, durationMs };
  return usageKnown ? { type: "turn-end", ...end } : { type: "turn-end", ...end, ...reserved };
}

type Failure = Extract<TurnOutcome, { kind: "failure" }>;

async function* endFailedTurn(
  run: AgentRun,
  { planned, reserved, isInterrupted }: { planned: PlannedCall; reserved: Reserved; isInterrupted: boolean },
  { fault, partial, possiblyBilled }: Failure,
): JournalSteps {
  const wait = await findRetryWait(run, planned, fault);
  const { signal } = run.context;
  // Cut off by us, and asked again: no failure of the provider.
  const goesOn = signal.aborted ? signal.reason === "shutdown" : isInterrupted;
  const failed: JournalEvent = {
    type: "turn-fail",
    turn: planned.turn,
    ...reserved,
    error: { code: goesOn ? "interrupted" : fault.code, detail: fault.detail },
    partialText: toPlainText(partial),
    possiblyBilled,
    retryAt: wait?.untilMs ?? null,
  };
  const events = run.take(failed);
  if (signal.aborted || goesOn) yield events;
  else if (wait === null) yield [...events, await toFailedEnd(run, "provider-error", fault)];
  else yield [...events, ...run.take({ type: "wait-start", wait })];
}

type CoolDown = Extract<Wait, { on: "cool-down" }>;

/** When to ask again: when the gates say, else after a delay of its own. Null if never, or if patience is spent. */
async function findRetryWait(
  run: AgentRun,
  planned: PlannedCall,
  fault: ProviderFault,
): Promise<CoolDown | null> {
  if (run.context.signal.aborted || fault.retry === "never") return null;
  const entry = await passGates(run.parts.gates, planned);
  if (entry.kind === "entered") entry.pass.leave(nothingDone);
  const gateWait = entry.kind === "park" && entry.wait.on === "cool-down" ? entry.wait : null;
  const wait = gateWait ?? toOwnWait(run, fault);
  const untilMs = toUntil(run, fault, wait.untilMs);
  return untilMs === null ? null : { ...wait, untilMs };
}

function toOwnWait({ parts, transcript }: AgentRun, fault: ProviderFault): CoolDown {
  const { detail, retryAfterMs } = fault;
  const attempt = transcript.failedAttempts.count + 1;
  const delayMs = toRetryDelay({ attempt, retryAfterMs, random: () => parts.random() });
  return { on: "cool-down", untilMs: parts.clock.now() + delayMs, detail };
}

function toUntil(
  { parts, context, transcript }: AgentRun,
  fault: SessionFault,
  untilMs: number,
): number | null {
  const { clock, faultPatienceMs } = parts;
  const { journal } = context;
  return toPatientUntil({
    journal,
    turns: transcript.turns,
    nowMs: clock.now(),
    fault,
    untilMs,
    faultPatienceMs,
  });
}
