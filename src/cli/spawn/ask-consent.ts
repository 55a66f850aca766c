import type { AcceptedBatchView } from "../../contract/session-operations.ts";
import { askYes } from "../ask-yes.ts";
import { ProfclawError } from "../../core/errors.ts";
import type { CliContext } from "../context.ts";
import { toCostText } from "../money-text.ts";
import { toCountText } from "../outcome.ts";

const freeSessions = 20;
const freeUsd = 5;

/** What a plan would start: how much of it, and what that usually costs. */
export interface PlannedBatch extends Pick<AcceptedBatchView, "estimate"> {
  sessions: readonly unknown[];
}

/**
 * Asks before many sessions are started, or dear ones. `hasConsent`: the command said yes, or named a
 * budget. Throws budget-exceeded where nobody can be asked, or says no.
 */
export async function askConsent(
  plan: PlannedBatch,
  hasConsent: boolean,
  context: CliContext,
): Promise<void> {
  const reason = findReason(plan);
  if (hasConsent || reason === undefined) return;
  const count = toCountText(plan.sessions.length, "session");
  const canAsk = context.terminal.canAsk;
  if (canAsk && (await askYes(`Start ${count}? They ${reason}. [y/N] `))) return;
  throw new ProfclawError("budget-exceeded", `${count} ${reason} and need a yes; nothing was started.`, {
    hint: "Say it with the command: --yes, or what they may spend: --budget 2.00",
  });
}

function findReason({ sessions, estimate }: PlannedBatch): string | undefined {
  if (sessions.length > freeSessions) return `are more than ${freeSessions}`;
  const usd = estimate?.usd ?? null;
  return usd !== null && Number(usd) > freeUsd ? `will cost about ${toCostText(usd)}` : undefined;
}
