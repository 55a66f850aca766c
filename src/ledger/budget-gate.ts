import { type Amount, noAmount, toCovers } from "../core/budget.ts";
import type { Admission, CallGate, CallReport, PlannedCall } from "../core/call-gate.ts";
import type { Clock } from "../core/clock.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { SessionId } from "../core/id.ts";
import type { MicroUsd } from "../core/money.ts";
import type { BudgetBook, ReserveOutcome, WorstCase } from "./budget-book.ts";
import { toFullText, toUnpricedText, toWayOut } from "./budget-text.ts";

/** The most that a call of these sizes can cost, at the dearest rate; null where no price is known. */
export type PriceAtMost = (call: {
  provider: string;
  model: string;
  inputTokens: number;
  outputTokens: number;
}) => Promise<MicroUsd | null>;

export interface BudgetGateParts {
  /** The book, once what was spent before is in it. */
  openBook(): Promise<BudgetBook>;
  clock: Pick<Clock, "now">;
  priceAtMost: PriceAtMost;
  /** 0 ≤ n < 1; spreads those that wait for the same calls. */
  random(): number;
}

// A call in flight takes seconds to minutes, and each look costs a few rows in the journal.
const firstWaitMs = 500;
const longestWaitMs = 15_000;
// Sessions that were stopped while they waited are forgotten with all others now and then.
const mostWaiting = 10_000;

/** Sets the worst case of each call aside in every budget that covers it, or stops the call. */
export function createBudgetGate(parts: BudgetGateParts): CallGate {
  const patience = createPatience(parts);
  return {
    async enter(call) {
      const worst = await toWorstCase(parts, call);
      const book = await parts.openBook();
      const outcome = book.reserve(toCovers(call.session), worst);
      if (outcome.kind === "full" && outcome.forNow) {
        const { untilMs, madeAtMs } = patience.next(call.session.id);
        const detail = `${toFullText(outcome.standing, worst)} It goes on when those calls have settled.`;
        return { kind: "park", wait: { on: "cool-down", untilMs, madeAtMs, detail } };
      }
      patience.forget(call.session.id);
      return toAdmission(call, worst, outcome);
    },
  };
}

async function toWorstCase({ priceAtMost }: BudgetGateParts, call: PlannedCall): Promise<WorstCase> {
  const { provider, model, outputTokensAtMost: outputTokens } = call;
  const inputTokens = call.inputTokensAtMost();
  const microUsd = await priceAtMost({ provider, model, inputTokens, outputTokens });
  return { microUsd, tokens: inputTokens + outputTokens };
}

function toAdmission(call: PlannedCall, worst: WorstCase, outcome: ReserveOutcome): Admission {
  switch (outcome.kind) {
    case "reserved":
      return {
        kind: "pass",
        pass: {
          reservedMicroUsd: worst.microUsd ?? 0,
          reservedTokens: worst.tokens,
          leave: (report) => outcome.reservation.settle(toSpent(report, worst)),
        },
      };
    case "full":
      return toRefusal(
        "budget-exceeded",
        `${toFullText(outcome.standing, worst)} ${toWayOut(outcome.standing)}`,
      );
    case "unpriced":
      return toRefusal(
        "budget-unpriced",
        `${toUnpricedText(call.model, outcome.standing)} Spawn again with a budget in tokens.`,
      );
  }
}

function toRefusal(code: ErrorCode, detail: string): Admission {
  return { kind: "refuse", reason: "budget", fault: { code, detail } };
}

/** What a call counts for. Where nobody knows, it is the worst case: a cap must hold for the dearest bill. */
export function toSpent(report: CallReport, worst: WorstCase): Amount {
  const most = { microUsd: worst.microUsd ?? 0, tokens: worst.tokens };
  if (report.kind === "failed") return report.possiblyBilled ? most : noAmount;
  const { inputTokens, outputTokens } = report.usage;
  return {
    microUsd: report.costMicroUsd ?? most.microUsd,
    // No call is without input: then the provider told no usage.
    tokens: inputTokens === 0 ? most.tokens : inputTokens + outputTokens,
  };
}

interface Patience {
  /** When a session that has to wait looks again: later each time, ms. */
  next(id: SessionId): { untilMs: number; madeAtMs: number };
  forget(id: SessionId): void;
}

function createPatience(parts: BudgetGateParts): Patience {
  const waits = new Map<SessionId, number>();
  return {
    next(id) {
      if (waits.size > mostWaiting) waits.clear();
      const waitMs = waits.get(id) ?? firstWaitMs;
      waits.set(id, Math.min(waitMs * 2, longestWaitMs));
      const madeAtMs = parts.clock.now();
      return { madeAtMs, untilMs: madeAtMs + Math.round(waitMs * (0.5 + parts.random() / 2)) };
    },
    forget: (id) => void waits.delete(id),
  };
}
