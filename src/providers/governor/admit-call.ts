import type { Admission, PlannedCall } from "../../core/call-gate.ts";
import { type LaneState, toHoldMs } from "./lane-state.ts";
import { sendCall } from "./send-call.ts";
import { type LaneFault, toFaultWait, toLineWait } from "./wait-text.ts";
import type { Guest, Room } from "./waiting-line.ts";

// Coming a little too early costs a look; coming late leaves a place empty.
const earliness = 0.8;
const leastWaitMs = 50;
const longestLineWaitMs = 50_000;
const longestSpreadMs = 60_000;
const shortestProbeMs = 500;
const longestProbeMs = 5_000;

/** Lets a call go over the lane, or says when to come again. */
export function admitCall(lane: LaneState, call: PlannedCall): Admission {
  const { parts, line } = lane;
  const nowMs = parts.clock.now();
  const guest = line.get(call.session.id);
  const stop = findStop(lane, guest, nowMs);
  if (stop !== null) return parkForFault(lane, call, stop);
  const estimate = parts.quota.estimate(call);
  if (!mayGo(lane, { guest, estimate }, nowMs)) return parkInLine(lane, call, estimate);
  return { kind: "pass", pass: sendCall(lane, call, { guest, estimate }) };
}

interface Stop {
  untilMs: number;
  fault: LaneFault;
  text: string;
}

/** Until when nothing goes, and why; null if only room decides. */
function findStop(lane: LaneState, guest: Guest | undefined, nowMs: number): Stop | null {
  const { provider } = lane.parts;
  const { coolUntilMs, lastFault } = lane.health;
  const spreadMs = toSpread(lane, guest);
  if (nowMs < coolUntilMs) {
    const text = `${provider} is given a rest, by all sessions`;
    return { untilMs: coolUntilMs + spreadMs, fault: lastFault, text };
  }
  if (lane.health.isProbing(nowMs)) {
    const soonMs = Math.min(Math.max(toHoldMs(lane), shortestProbeMs), longestProbeMs);
    const text = `one call tries whether ${provider} is back`;
    return { untilMs: nowMs + soonMs + spreadMs, fault: lastFault, text };
  }
  if (guest === undefined || guest.fault === null) return null;
  const { notBeforeMs, fault } = guest;
  if (nowMs < notBeforeMs) return { untilMs: notBeforeMs, fault, text: `${provider} is asked again then` };
  if (lane.retries.has(nowMs)) return null;
  return { untilMs: nowMs + 1_000 + spreadMs, fault, text: `too many retries of ${provider} just now` };
}

/** Nobody comes at once when a cool-down ends: in order, and with jitter that grows with the outage. */
function toSpread(lane: LaneState, guest: Guest | undefined): number {
  const { parts, line, health } = lane;
  const rank = guest === undefined ? line.size : line.rankOf(guest);
  const jitterMs = parts.random() * health.toSpreadMs(parts.clock.now());
  return jitterMs + Math.min(rank * toGapMs(lane), longestSpreadMs);
}

/** How often a place comes free, about, at the limit that is soon reached again. */
function toGapMs(lane: LaneState): number {
  return toHoldMs(lane) / lane.limit.expected;
}

function parkForFault({ parts, line }: LaneState, call: PlannedCall, stop: Stop): Admission {
  const guest = line.join(call.session.id);
  guest.untilMs = Math.ceil(Math.max(stop.untilMs, parts.clock.now() + 1));
  // A place kept for somebody who sleeps long would stand empty.
  guest.turnedAway = 0;
  return { kind: "park", wait: toFaultWait(guest.untilMs, stop.fault, stop.text) };
}

function mayGo(
  lane: LaneState,
  { guest, estimate }: { guest: Guest | undefined; estimate: number },
  nowMs: number,
): boolean {
  const { parts, limit, health, flights, line } = lane;
  const tokens = parts.quota.toNeed(estimate);
  const room: Room = { places: limit.value - flights.size, ...parts.quota.room(nowMs) };
  const keepStepMs = toGapMs(lane) / 2;
  if (!health.isOpen) return line.mayGo({ guest, room, tokens, keepStepMs }, nowMs);
  // The breaker's one probe is whoever comes first, whatever is still in flight.
  return flights.size < parts.startLimit() && room.requests >= 1 && room.tokens >= tokens;
}

function parkInLine(lane: LaneState, call: PlannedCall, estimate: number): Admission {
  const { parts, line, limit } = lane;
  const { quota, provider, model } = parts;
  const nowMs = parts.clock.now();
  const guest = line.join(call.session.id);
  if (guest.untilMs > 0 && nowMs >= guest.untilMs) guest.turnedAway += 1;
  guest.tokens = quota.toNeed(estimate);
  const rank = line.rankOf(guest);
  // Those next in line look twice for each place that comes free.
  const isNext = guest.turnedAway > 0 && rank < limit.value;
  const turnMs = (rank + 1) * toGapMs(lane) * (isNext ? 0.5 : earliness);
  const quotaMs = quota.waitMs(estimate, rank, nowMs);
  const waitMs = Math.min(Math.max(leastWaitMs, turnMs, quotaMs), longestLineWaitMs);
  guest.untilMs = Math.ceil(nowMs + waitMs * (0.8 + 0.4 * parts.random()));
  const what = quotaMs > 0 ? `${quota.text} of ${provider}` : `${limit.value} calls at once to ${model}`;
  return { kind: "park", wait: toLineWait(guest.untilMs, `${what}, about ${rank} before it`) };
}
