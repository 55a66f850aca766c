import type { CostView, SessionView } from "../../contract/shapes.ts";
import type { ModelCallRecord } from "./simulated-model.ts";

/** What the model says it gave out, beside what the ledger says was booked. */
export interface PaidOnce {
  /** Answers that the model gave in full, and the calls that the ledger booked with their usage. */
  answers: number;
  booked: number;
  /** Calls that were cut off, and those that the ledger calls possibly billed. */
  cut: number;
  possiblyBilled: number;
  /** Turns that were answered in full more than once: what must not happen. */
  answeredTwice: number;
  tokensGiven: number;
  tokensBooked: number;
  holds: boolean;
}

export interface Books {
  calls: readonly ModelCallRecord[];
  sessions: readonly SessionView[];
  cost: CostView;
}

/** Compares the model's own count with the ledger's rows, in sum and session by session. */
export function comparePaid({ calls, sessions, cost }: Books): PaidOnce {
  const complete = calls.filter(({ state }) => state === "completed");
  const turns = new Set(complete.map(({ task, turn }) => `${turn} ${task}`));
  const paid = {
    answers: complete.length,
    booked: cost.calls - cost.possibly_billed_calls,
    cut: calls.length - complete.length,
    possiblyBilled: cost.possibly_billed_calls,
    answeredTwice: complete.length - turns.size,
    tokensGiven: complete.reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0),
    tokensBooked: cost.usage.input_tokens + cost.usage.output_tokens,
  };
  const isSame =
    paid.answers === paid.booked &&
    paid.cut === paid.possiblyBilled &&
    paid.tokensGiven === paid.tokensBooked;
  const holds =
    isSame && paid.answeredTwice === 0 && sessions.every((session) => isBooked(session, complete));
  return { ...paid, holds };
}

function isBooked({ task, turns, usage }: SessionView, complete: readonly ModelCallRecord[]): boolean {
  const own = complete.filter((call) => call.task === task);
  const output = own.reduce((sum, { outputTokens }) => sum + outputTokens, 0);
  return own.length === turns && output === usage.output_tokens;
}
