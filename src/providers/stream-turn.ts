import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4FinishReason,
  LanguageModelV4StreamPart,
} from "@ai-sdk/provider";
import { APICallError } from "@ai-sdk/provider";
import type { AssistantPart } from "../core/content.ts";
import type { FinishReason } from "../core/journal.ts";
import type { Usage } from "../core/usage.ts";
import { createAnswerMeter } from "./answer-meter.ts";
import { type ContentGatherer, createContentGatherer } from "./content-gatherer.ts";
import { classifyFault, type ProviderFault, toFault } from "./fault.ts";
import { findOverlongAnswer } from "./overlong-answer.ts";
import { createStreamWatch, type StreamWatch, type TripCause } from "./stream-watch.ts";
import { toTurnUsage } from "./turn-usage.ts";

/** A model as openModel gives it; `redact` knows its key and takes it out of texts. */
export type TurnModel = LanguageModelV4 & {
  redact?: (text: string) => string;
  /** What a call cost by the provider's own word, in USD, from its usage as it came. */
  reportedCost?: (usage: object | undefined) => number | undefined;
};

export interface TurnDelta {
  type: "text-delta" | "reasoning-delta";
  text: string;
}

export interface TurnRequest {
  model: TurnModel;
  options: LanguageModelV4CallOptions;
  signal: AbortSignal;
  /** Called at once for every piece; must be quick and must not throw. */
  onDelta?: (delta: TurnDelta) => void;
  /** Silence before the first part; local models load for minutes. Default 240,000. */
  firstByteTimeoutMs?: number;
  /** Silence between parts. Default 120,000. */
  idleTimeoutMs?: number;
}

/**
 * `content` may be empty: some models stop so after a tool result. `usageKnown` false: the provider
 * named no usage or nonsense; the numbers are zeros and the call has no price. `reportedCostUsd`: what it
 * cost by the provider's own word. `possiblyBilled`: the provider may have begun to work.
 */
export type TurnOutcome =
  | {
      kind: "answer";
      content: AssistantPart[];
      finish: FinishReason;
      usage: Usage;
      usageKnown: boolean;
      reportedCostUsd?: number;
      responseModel?: string;
    }
  | TurnFailure;

interface TurnFailure {
  kind: "failure";
  fault: ProviderFault;
  /** What had come until then; never part of the history that goes out again. */
  partial: AssistantPart[];
  possiblyBilled: boolean;
}

/**
 * One model call, read to its end. Never throws and never hangs: an abort, a stall, a cut, an error in
 * the stream or before it is a `failure` with what had come so far. Nothing is tried twice here.
 */
export async function streamTurn(request: TurnRequest): Promise<TurnOutcome> {
  const turn: Turn = {
    request,
    gatherer: createContentGatherer(findCallIds(request)),
    meter: createAnswerMeter(),
    hasBegun: false,
  };
  using watch = createStreamWatch({
    signal: request.signal,
    firstByteTimeoutMs: request.firstByteTimeoutMs ?? 240_000,
    idleTimeoutMs: request.idleTimeoutMs ?? 120_000,
  });
  try {
    // Nothing was sent, so nothing is billed.
    if (watch.cause !== null) return { ...toFailure(turn, watch, null), possiblyBilled: false };
    await readStream(turn, watch);
    return toOutcome(turn, watch);
  } catch (error) {
    return toFailure(turn, watch, error);
  }
}

interface Turn {
  request: TurnRequest;
  gatherer: ContentGatherer;
  meter: ReturnType<typeof createAnswerMeter>;
  /** The provider has answered 200. */
  hasBegun: boolean;
  finish?: Extract<LanguageModelV4StreamPart, { type: "finish" }>;
  responseModel?: string;
}

/** An error that came as a part of the stream. */
class StreamedError {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

// After the finish only the end of the HTTP body is outstanding; waited for, so that the socket is kept.
const drainMs = 250;

async function readStream(turn: Turn, watch: StreamWatch): Promise<void> {
  const { model, options } = turn.request;
  const call = model.doStream({ ...options, abortSignal: watch.signal });
  const { stream } = await orTrip(call, watch);
  turn.hasBegun = true;
  const reader = stream.getReader();
  // Cancelling settles a pending read at once, whatever the SDK's pipeline is doing.
  watch.onTrip(() => void reader.cancel().catch(() => {}));
  for (;;) {
    const { done, value } = await reader.read();
    if (done || watch.cause !== null) return;
    // The SDK makes this one itself, before a byte has come.
    if (value.type !== "stream-start") watch.touch();
    takePart(turn, value);
    if (value.type === "finish") watch.allow(drainMs);
  }
}

function takePart(turn: Turn, part: LanguageModelV4StreamPart): void {
  turn.meter(part);
  turn.gatherer.add(part);
  if (part.type === "text-delta" || part.type === "reasoning-delta") {
    if (part.delta !== "") turn.request.onDelta?.({ type: part.type, text: part.delta });
  } else if (part.type === "finish") turn.finish ??= part;
  else if (part.type === "response-metadata" && part.modelId !== undefined) turn.responseModel = part.modelId;
  else if (part.type === "error" && turn.finish === undefined) throw new StreamedError(part.error);
}

/** The call's own end, or the watch's; whichever loses is let go without an unhandled rejection. */
async function orTrip<Value>(call: PromiseLike<Value>, watch: StreamWatch): Promise<Value> {
  return await new Promise<Value>((resolve, reject) => {
    watch.onTrip(() => reject(new Error("given up")));
    call.then(resolve, reject);
  });
}

function toOutcome(turn: Turn, watch: StreamWatch): TurnOutcome {
  const { finish } = turn;
  if (finish === undefined) return toFailure(turn, watch, null);
  const reason = finish.finishReason.unified;
  // Some SDKs close a stream that was cut with a finish of their own, for which the wire had no word.
  const isMadeUp = reason === "other" && finish.finishReason.raw === undefined;
  if (reason === "interrupted" || reason === "error" || isMadeUp) return toFailure(turn, watch, null);
  const content = turn.gatherer.toContent();
  const { usage, known } = toTurnUsage(finish.usage);
  const reportedCostUsd = turn.request.model.reportedCost?.(finish.usage.raw);
  return {
    kind: "answer",
    content,
    finish: toFinish(reason, content),
    usage,
    usageKnown: known,
    ...(reportedCostUsd === undefined ? {} : { reportedCostUsd }),
    ...(turn.responseModel === undefined ? {} : { responseModel: turn.responseModel }),
  };
}

/** Some servers say "stop" and call tools all the same, or the other way round. */
function toFinish(
  reason: Exclude<LanguageModelV4FinishReason["unified"], "interrupted" | "error">,
  content: readonly AssistantPart[],
): FinishReason {
  if (reason !== "stop" && reason !== "tool-calls") return reason;
  return content.some((part) => part.type === "tool-call") ? "tool-calls" : "stop";
}

function toFailure(turn: Turn, watch: StreamWatch, error: unknown): TurnFailure {
  const fault = watch.cause === null ? toErrorFault(turn, error) : toTripFault(watch.cause, turn.request);
  return {
    kind: "failure",
    fault,
    partial: turn.gatherer.toContent(),
    possiblyBilled: turn.hasBegun || mayHaveArrived(fault, error),
  };
}

function toErrorFault(turn: Turn, error: unknown): ProviderFault {
  if (error === null) return toFault("cut-off", "The provider's answer broke off before its end.");
  // Asked again it would be as long, and paid again.
  const overlong = findOverlongAnswer(error instanceof StreamedError ? error.error : error);
  if (overlong !== null) return { ...toFault("malformed", overlong.message), retry: "never" };
  const { redact } = turn.request.model;
  return classifyFault(
    error instanceof StreamedError ? error.error : error,
    redact === undefined ? {} : { redact },
  );
}

function toTripFault(cause: TripCause, request: TurnRequest): ProviderFault {
  if (cause === "aborted") return toFault("aborted", "The call was stopped.");
  const ms = cause === "idle" ? (request.idleTimeoutMs ?? 120_000) : (request.firstByteTimeoutMs ?? 240_000);
  const when = cause === "idle" ? "in the middle of its answer" : "before its answer began";
  return toFault("timeout", `The provider was silent for ${ms} ms ${when}.`);
}

/** Sent, and no refusal came back: the provider may be at work. A refused connection carried nothing. */
function mayHaveArrived(fault: ProviderFault, error: unknown): boolean {
  if (fault.code === "aborted" || fault.code === "timeout") return true;
  // The SDK gave up on an answer whose first event it could not read: it may have been a whole one.
  if (fault.code === "internal" || (fault.status ?? 500) < 300) return true;
  if (fault.code !== "network") return false;
  return !/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT/.test(
    toTrace(error),
  );
}

function toTrace(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  const cause = error instanceof Error ? error.cause : undefined;
  const isKnown = APICallError.isInstance(error) || error instanceof Error;
  return isKnown ? `${String(code)} ${error.message} ${cause === undefined ? "" : toTrace(cause)}` : "";
}

function findCallIds({ options }: TurnRequest): string[] {
  return options.prompt.flatMap((message) =>
    message.role === "assistant"
      ? message.content.flatMap((part) => (part.type === "tool-call" ? [part.toolCallId] : []))
      : [],
  );
}
