import type { CallPass, CallReport, PlannedCall } from "../../core/call-gate.ts";
import { canCompact } from "../../core/compaction.ts";
import { toPlainText } from "../../core/content.ts";
import type { JournalEvent } from "../../core/journal.ts";
import type { CoolDown, SessionFault, Wait } from "../../core/session.ts";
import type { ProviderFault } from "../../providers/fault.ts";
import { findOwnFault, toPatientUntil } from "../../providers/governor/patience.ts";
import { readWaitFault } from "../../providers/governor/wait-text.ts";
import { toRetryDelay } from "../../providers/retry-delay.ts";
import type { TurnOutcome } from "../../providers/stream-turn.ts";
import type { AgentRun, JournalSteps } from "./agent-run.ts";
import { toFailedEnd } from "./conclude.ts";
import { nothingDone, passGates } from "./pass-gates.ts";

/** A wait at a gate; or the end, where the provider has been down for longer than is waited for it. */
export async function toParkEvent(run: AgentRun, wait: Wait): Promise<JournalEvent> {
  const fault = readWaitFault(wait);
  if (fault === null || wait.on !== "cool-down") return { type: "wait-start", wait };
  const untilMs = toUntil(run, fault, wait.untilMs);
  if (untilMs !== null) return { type: "wait-start", wait: { ...wait, untilMs } };
  const ownFault = findOwnFault(run.context.journal, run.transcript.turns);
  return toFailedEnd(run, "provider-error", ownFault ?? fault);
}

/** What the gates have set aside for a call. */
export interface Reserved {
  reservedMicroUsd: number;
  reservedTokens: number;
}

export function toReserved({ reservedMicroUsd, reservedTokens = 0 }: CallPass): Reserved {
  return { reservedMicroUsd, reservedTokens };
}

/** What became of a failed call, for its gates. */
export function toFailureReport({ fault, possiblyBilled }: Failure): CallReport {
  const { code, status, retryAfterMs } = fault;
  return { kind: "failed", code, status: status ?? null, retryAfterMs, possiblyBilled };
}

type Failure = Extract<TurnOutcome, { kind: "failure" }>;

/** Books a call that brought no whole answer: asked again later, or the end of the session. */
export async function* endFailedCall(
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
  else if (fault.code === "context-length") yield* endTooLong(run, events, fault);
  else if (wait === null) yield [...events, await toFailedEnd(run, "provider-error", fault)];
  else yield [...events, ...run.take({ type: "wait-start", wait })];
}

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
  const madeAtMs = parts.clock.now();
  return { on: "cool-down", untilMs: madeAtMs + delayMs, madeAtMs, detail };
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

/** The history does not fit: the next step makes it shorter, unless that has been tried. */
async function* endTooLong(
  run: AgentRun,
  events: readonly JournalEvent[],
  fault: ProviderFault,
): JournalSteps {
  if (canCompact(run.transcript)) yield events;
  else yield [...events, await toFailedEnd(run, "length", fault)];
}
