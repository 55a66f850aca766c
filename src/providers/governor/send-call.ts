import type { CallPass, CallReport, PlannedCall } from "../../core/call-gate.ts";
import { toRetryDelay } from "../retry-delay.ts";
import { type FailureKind, toFailureKind } from "./failure-kind.ts";
import { longestCoolDownMs } from "./lane-health.ts";
import type { Flight, LaneState } from "./lane-state.ts";
import type { Guest } from "./waiting-line.ts";

type Failure = Extract<CallReport, { kind: "failed" }>;

// Those who wait come one by one, so a limit that holds them back is rarely quite used up.
const fullFrom = 0.7;
const lostGraceMs = 60_000;
// The runner asks again at once; what has just failed never goes in the same moment.
const leastDelayMs = 100;

/** Books a call that goes out now. */
export function sendCall(
  lane: LaneState,
  call: PlannedCall,
  { guest, estimate }: { guest: Guest | undefined; estimate: number },
): CallPass {
  const nowMs = lane.parts.clock.now();
  const { id, timeoutMs } = call.session;
  const flight: Flight = {
    sequence: lane.nextSequence,
    round: lane.limit.send(lane.flights.size + 1),
    sentAt: nowMs,
    lostAt: nowMs + timeoutMs + lostGraceMs,
    sessionId: id,
    failures: guest?.failures ?? 0,
    fault: guest?.fault ?? null,
    estimate,
  };
  lane.nextSequence += 1;
  lane.line.leave(id);
  lane.flights.add(flight);
  lane.health.sent(flight.sequence, nowMs);
  lane.parts.quota.take(estimate);
  lane.retries.called();
  if (flight.failures > 0) lane.retries.take();
  return { reservedMicroUsd: 0, leave: (report) => landCall(lane, flight, report) };
}

/** Books what became of it; only the first word on a flight counts. */
function landCall(lane: LaneState, flight: Flight, report: CallReport): void {
  const isWanted = lane.flights.size >= fullFrom * lane.limit.value;
  if (!lane.flights.delete(flight)) return;
  lane.usedAt = lane.parts.clock.now();
  lane.parts.quota.settle(flight.estimate, report);
  if (report.kind === "answered") landAnswered(lane, flight, isWanted);
  else landFailed(lane, flight, report);
}

function landAnswered(lane: LaneState, flight: Flight, isWanted: boolean): void {
  const tookMs = Math.max(1, lane.usedAt - flight.sentAt);
  const usualMs = lane.answerMs ?? tookMs;
  lane.answerMs = usualMs + 0.2 * (tookMs - usualMs);
  lane.limit.answered(flight.round, isWanted);
  lane.health.answered();
  if (flight.failures > 0) lane.retries.giveBack();
}

function landFailed(lane: LaneState, flight: Flight, report: Failure): void {
  const kind = toFailureKind(report);
  if (kind === "refusal") lane.limit.refused(flight.round, lane.health.isProbe(flight.sequence));
  else lane.limit.passed(flight.round);
  if (kind === "alive") lane.health.answered();
  else if (kind === "neutral") landNeutral(lane, flight, report);
  else if (kind === "spoiled") comeAgain(lane, flight, { report, isShared: false });
  else comeAgain(lane, flight, { report, isShared: landDown(lane, flight, { report, kind }) });
}

/** Never made, or ended by ourselves: as if it had not been, but for its failures before. */
function landNeutral(lane: LaneState, flight: Flight, { code }: Failure): void {
  lane.health.passed(flight.sequence);
  if (code === "not-called") lane.retries.notCalled();
  if (flight.failures === 0) return;
  lane.retries.giveBack();
  const guest = lane.line.comeBack(flight.sessionId);
  guest.failures = flight.failures;
  guest.fault = flight.fault;
  guest.untilMs = lane.usedAt;
}

/** True if the whole lane cools down for it. */
function landDown(
  lane: LaneState,
  flight: Flight,
  { report, kind }: { report: Failure; kind: FailureKind },
): boolean {
  const { code, status, retryAfterMs } = report;
  const { isShared, probeFailed } = lane.health.failed(
    {
      kind,
      code,
      status,
      retryAfterMs,
      sequence: flight.sequence,
      inFlight: lane.flights.size,
      isSporadic: lane.limit.background > 0,
    },
    { nowMs: lane.usedAt, nextSequence: lane.nextSequence },
  );
  if (probeFailed) lane.limit.collapse();
  return isShared;
}

/** The session waits for the lane where that cools down; else a delay of its own. */
function comeAgain(
  lane: LaneState,
  flight: Flight,
  { report, isShared }: { report: Failure; isShared: boolean },
): void {
  const { code, status, retryAfterMs } = report;
  const guest = lane.line.comeBack(flight.sessionId);
  guest.failures = flight.failures + 1;
  guest.fault = { code, status };
  const random = (): number => lane.parts.random();
  const ownMs = isShared ? 0 : toRetryDelay({ attempt: guest.failures, retryAfterMs, random });
  guest.notBeforeMs = lane.usedAt + Math.min(Math.max(leastDelayMs, ownMs), longestCoolDownMs);
  guest.untilMs = guest.notBeforeMs;
}
