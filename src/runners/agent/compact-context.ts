import type { LanguageModelV4Prompt } from "@ai-sdk/provider";
import type { CallPass, PlannedCall } from "../../core/call-gate.ts";
import type { Compaction } from "../../core/compaction.ts";
import { toPlainText } from "../../core/content.ts";
import { estimateTokens } from "../../core/context-size.ts";
import type { CompactCall, JournalEvent } from "../../core/journal.ts";
import type { TranscriptMessage } from "../../core/transcript-message.ts";
import { toCallOptions, withTraceParent } from "../../providers/call-options.ts";
import { priceCall } from "../../providers/price-call.ts";
import { type TurnModel, type TurnOutcome, streamTurn } from "../../providers/stream-turn.ts";
import type { AgentRun, JournalSteps } from "./agent-run.ts";
import { toFailedEnd } from "./conclude.ts";
import { type Reserved, endFailedCall, toFailureReport, toParkEvent, toReserved } from "./failed-call.ts";
import { openModel, toKeyWait } from "./model-access.ts";
import { nothingDone, passGates } from "./pass-gates.ts";
import { toSummaryPrompt, toSummaryText } from "./summary-request.ts";

const mostSummaryTokens = 4_096;

/**
 * Puts a shorter history in the place of one that no longer fits: old tool results are cut short, or the
 * model sums its earlier turns up in a call of its own, which passes the gates and is paid like any other.
 */
export async function* compactContext(run: AgentRun, compaction: Compaction, turn: number): JournalSteps {
  const { head, tail, dropped } = compaction;
  if (dropped.length === 0) {
    yield run.take(toEvent(run, { compaction, turn, messages: [...head, ...tail], call: null }));
    return;
  }
  const model = await openModel(run);
  if (model === null) {
    yield run.take({ type: "wait-start", wait: toKeyWait(run) });
    return;
  }
  const prompt = toSummaryPrompt(toTask(head), dropped, compaction.materialLength);
  const planned = toPlannedCall(run, turn, prompt);
  const entry = await passGates(run.parts.gates, planned);
  if (entry.kind === "park") yield run.take(await toParkEvent(run, entry.wait));
  else if (entry.kind === "refuse") yield run.take(await toFailedEnd(run, entry.reason, entry.fault));
  else yield* makeCall(run, { compaction, planned, prompt, model, pass: entry.pass });
}

function toTask([first]: readonly TranscriptMessage[]): string {
  return first?.role === "user" ? first.text : "";
}

function toPlannedCall({ context }: AgentRun, turn: number, prompt: LanguageModelV4Prompt): PlannedCall {
  const { session } = context;
  return {
    session,
    turn,
    provider: session.provider,
    model: session.model,
    inputTokensAtMost: () => 1_024 + Buffer.byteLength(JSON.stringify(prompt)),
    outputTokensAtMost: Math.min(mostSummaryTokens, session.maxOutputTokens),
  };
}

interface SummaryCall {
  compaction: Compaction;
  planned: PlannedCall;
  prompt: LanguageModelV4Prompt;
  model: TurnModel;
  pass: CallPass;
}

async function* makeCall(run: AgentRun, call: SummaryCall): JournalSteps {
  try {
    yield* askForSummary(run, call);
  } finally {
    call.pass.leave(nothingDone);
  }
}

async function* askForSummary(run: AgentRun, call: SummaryCall): JournalSteps {
  const { context, parts } = run;
  const { planned, pass, model, prompt } = call;
  const reserved = toReserved(pass);
  yield run.take({ type: "turn-start", turn: planned.turn, ...reserved });
  context.showLive({ type: "activity", text: "summing its history up" });
  const startedAt = parts.clock.now();
  const maxOutputTokens = planned.outputTokensAtMost;
  const { provider } = context.session;
  const plain = toCallOptions({ provider, prompt, tools: [], maxOutputTokens, effort: null });
  const options = withTraceParent(plain, context.trace.beginCall());
  const outcome = await streamTurn({ model, options, signal: context.signal });
  if (outcome.kind === "failure") {
    pass.leave(toFailureReport(outcome));
    yield* endFailedCall(run, { planned, reserved, isInterrupted: false }, outcome);
    return;
  }
  const paid = await toCompactCall(run, outcome, { startedAt, reserved });
  pass.leave({ kind: "answered", usage: paid.usage, costMicroUsd: paid.costMicroUsd });
  yield run.take(toSummarized(run, call, { text: toPlainText(outcome.content), paid }));
}

function toSummarized(
  run: AgentRun,
  { compaction, planned }: SummaryCall,
  { text, paid }: { text: string; paid: CompactCall },
): JournalEvent {
  const summary = { role: "user" as const, text: toSummaryText(text) };
  const messages = [...compaction.head, summary, ...compaction.tail];
  return toEvent(run, { compaction, turn: planned.turn, messages, call: paid });
}

async function toCompactCall(
  { context, parts }: AgentRun,
  { usage, usageKnown, reportedCostUsd }: Extract<TurnOutcome, { kind: "answer" }>,
  { startedAt, reserved }: { startedAt: number; reserved: Reserved },
): Promise<CompactCall> {
  const { provider, model } = context.session;
  const { clock } = parts;
  const durationMs = clock.now() - startedAt;
  if (!usageKnown) return { usage, costMicroUsd: null, price: null, durationMs, ...reserved };
  return { usage, durationMs, ...(await priceCall({ provider, model, usage, reportedCostUsd, clock })) };
}

function toEvent(
  { transcript }: AgentRun,
  made: { compaction: Compaction; turn: number; messages: TranscriptMessage[]; call: CompactCall | null },
): JournalEvent {
  const { compaction, turn, messages, call } = made;
  const { turnsBefore, repairs, asks } = transcript;
  return {
    type: "context-compact",
    turn,
    messages,
    turnsBefore,
    repairs,
    asks,
    tokensBefore: compaction.tokensBefore,
    tokensAfter: estimateTokens(messages),
    call,
  };
}
