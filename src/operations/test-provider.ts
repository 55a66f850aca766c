import type { CallContext } from "../contract/implement.ts";
import type { ProviderTestView } from "../contract/model-operations.ts";
import type { CallReport } from "../core/call-gate.ts";
import { ProfclawError } from "../core/errors.ts";
import { toUsdString } from "../core/money.ts";
import type { ModelChoice, ModelWish } from "../core/model-choice.ts";
import { noUsage } from "../core/usage.ts";
import type { Reservation, WorstCase } from "../ledger/budget-book.ts";
import { toSpent } from "../ledger/budget-gate.ts";
import { toFullText, toUnpricedText, toWayOut } from "../ledger/budget-text.ts";
import { toCallOptions } from "../providers/call-options.ts";
import { toFaultAdvice } from "../providers/fault-advice.ts";
import { type CallPrice, priceCall } from "../providers/price-call.ts";
import { type TurnOutcome, streamTurn } from "../providers/stream-turn.ts";
import type { OperationParts } from "./parts.ts";
import { toUsageView } from "./views.ts";

const question = "Answer with the word OK.";
// The least that every API takes; a model that thinks first is cut off there, which is an answer too.
const outputTokens = 16;
// Some bytes of question, and whatever a provider puts around them.
const inputTokensAtMost = 500;
const withinMs = 60_000;

/**
 * One small call to a provider as a session would make it, once. No session is made; its cost is booked, and
 * counts for the limits of day and month.
 */
export async function testProvider(
  parts: OperationParts,
  wish: ModelWish,
  { caller, signal }: CallContext,
): Promise<ProviderTestView> {
  if (caller.kind === "session") {
    throw new ProfclawError("policy-denied", "A session tests no providers: it would pay past its budget.", {
      hint: "Type it yourself: profclaw provider test",
    });
  }
  const { engineParts, clock } = parts;
  const choice = await engineParts.resolveModel(wish);
  const model = await engineParts.openModel(choice);
  const { worst, reservation } = await reserve(parts, choice);
  const startedAt = clock.elapsedMs();
  let firstAt: number | null = null;
  const outcome = await streamTurn({
    model,
    options: toOptions(choice),
    signal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]),
    firstByteTimeoutMs: withinMs,
    idleTimeoutMs: withinMs,
    onDelta: () => (firstAt ??= clock.elapsedMs()),
  });
  const latencyMs = Math.round(clock.elapsedMs() - startedAt);
  const price = await toPrice(choice, outcome);
  reservation.settle(toSpent(toReport(outcome, price), worst));
  await book(parts, { choice, outcome, price, worst });
  return {
    ok: outcome.kind === "answer",
    ...toChoiceView(choice),
    ...(await toOutcomeView(parts, choice, outcome)),
    latency_ms: latencyMs,
    first_text_ms: firstAt === null ? null : Math.round(firstAt - startedAt),
    cost_usd: price.costMicroUsd === null ? null : toUsdString(price.costMicroUsd),
  };
}

function toOptions({ provider }: ModelChoice): ReturnType<typeof toCallOptions> {
  const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: question }] }];
  return toCallOptions({ provider, prompt, tools: [], maxOutputTokens: outputTokens, effort: null });
}

interface SetAside {
  worst: WorstCase;
  reservation: Reservation;
}

async function reserve({ engineParts }: OperationParts, { provider, model }: ModelChoice): Promise<SetAside> {
  const inputTokens = inputTokensAtMost;
  const microUsd = await engineParts.priceAtMost({ provider, model, inputTokens, outputTokens });
  const worst = { microUsd, tokens: inputTokens + outputTokens };
  const outcome = (await engineParts.ledger.openBook()).reserve([], worst);
  if (outcome.kind === "reserved") return { worst, reservation: outcome.reservation };
  const { standing } = outcome;
  if (outcome.kind === "full") {
    throw new ProfclawError("budget-exceeded", toFullText(standing, worst), { hint: toWayOut(standing) });
  }
  throw new ProfclawError("budget-unpriced", toUnpricedText(model, standing), {
    hint: "Name a model that has a price, or give the limit in tokens: profclaw cost limits set --help",
  });
}

const unpriced: CallPrice = { costMicroUsd: null, price: null };

async function toPrice({ provider, model }: ModelChoice, outcome: TurnOutcome): Promise<CallPrice> {
  if (outcome.kind === "failure") return outcome.possiblyBilled ? unpriced : { costMicroUsd: 0, price: null };
  const { usage, usageKnown, reportedCostUsd } = outcome;
  return usageKnown ? priceCall({ provider, model, usage, reportedCostUsd }) : unpriced;
}

function toReport(outcome: TurnOutcome, { costMicroUsd }: CallPrice): CallReport {
  if (outcome.kind === "answer") return { kind: "answered", usage: outcome.usage, costMicroUsd };
  const { fault, possiblyBilled } = outcome;
  const { code, status = null, retryAfterMs } = fault;
  return { kind: "failed", code, status, retryAfterMs, possiblyBilled };
}

interface Made {
  choice: ModelChoice;
  outcome: TurnOutcome;
  price: CallPrice;
  worst: WorstCase;
}

/** As a session's calls are booked: one that may have been billed with its worst case, a refused one not at all. */
async function book({ engineParts, clock }: OperationParts, made: Made): Promise<void> {
  const { choice, outcome, price, worst } = made;
  const possiblyBilled = outcome.kind === "failure" && outcome.possiblyBilled;
  if (outcome.kind === "failure" && !possiblyBilled) return;
  const isKnown = outcome.kind === "answer" && outcome.usageKnown;
  await engineParts.store.bookCall({
    at: clock.now(),
    call: {
      turn: 0,
      provider: choice.provider,
      model: choice.model,
      usage: outcome.kind === "answer" ? outcome.usage : noUsage,
      costMicroUsd: possiblyBilled ? 0 : price.costMicroUsd,
      price: price.price,
      possiblyBilled,
      reservedMicroUsd: isKnown ? 0 : (worst.microUsd ?? 0),
      reservedTokens: isKnown ? 0 : worst.tokens,
    },
  });
}

type ChoiceView = Pick<ProviderTestView, "provider" | "model" | "requested_model" | "warnings">;

function toChoiceView({ provider, model, requestedModel, warnings }: ModelChoice): ChoiceView {
  return { provider, model, requested_model: requestedModel, warnings };
}

type OutcomeView = Pick<ProviderTestView, "response_model" | "usage" | "error">;

async function toOutcomeView(
  { engineParts }: OperationParts,
  { provider, model }: ModelChoice,
  outcome: TurnOutcome,
): Promise<OutcomeView> {
  if (outcome.kind === "answer") {
    return { response_model: outcome.responseModel ?? null, usage: toUsageView(outcome.usage), error: null };
  }
  const { code, detail, retryAfterMs } = outcome.fault;
  const standing = (await engineParts.providers()).find(({ name }) => name === provider);
  const hint = toFaultAdvice({ code, retryAfterMs }, { provider, model, baseUrl: standing?.baseUrl ?? null });
  return { response_model: null, usage: toUsageView(noUsage), error: { code, detail, hint } };
}
