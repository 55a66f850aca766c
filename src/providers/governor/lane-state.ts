import type { SessionId } from "../../core/id.ts";
import { AdaptiveLimit, type Round } from "./adaptive-limit.ts";
import { LaneHealth } from "./lane-health.ts";
import type { MinuteQuota } from "./minute-quota.ts";
import { RetryBudget } from "./retry-budget.ts";
import { WaitingLine } from "./waiting-line.ts";
import type { LaneFault } from "./wait-text.ts";

export interface LaneParts {
  provider: string;
  model: string;
  clock: { now(): number };
  /** 0 ≤ n < 1; spreads those that wait. */
  random(): number;
  /** What the limit starts at and never exceeds; may change. */
  startLimit(): number;
  /** Shared with the provider's other models. */
  quota: MinuteQuota;
}

/** A call that goes over the lane right now. */
export interface Flight {
  readonly sequence: number;
  readonly round: Round;
  readonly sentAt: number;
  /** By then its session's clock has long ended it: a place that nobody gave back is free again. */
  readonly lostAt: number;
  readonly sessionId: SessionId;
  /** Its session's failed calls in a row before this one, and what the last one failed of. */
  readonly failures: number;
  readonly fault: LaneFault | null;
  /** Tokens set aside of a tokens-per-minute limit. */
  readonly estimate: number;
}

/** All that is known of one lane. */
export interface LaneState {
  readonly parts: LaneParts;
  readonly limit: AdaptiveLimit;
  readonly health: LaneHealth;
  readonly retries: RetryBudget;
  readonly line: WaitingLine;
  readonly flights: Set<Flight>;
  /** How long an answered call took, smoothed, ms; null before the first. */
  answerMs: number | null;
  nextSequence: number;
  usedAt: number;
}

const shortestHoldMs = 100;

export function openLaneState(parts: LaneParts): LaneState {
  const nowMs = parts.clock.now();
  return {
    parts,
    limit: new AdaptiveLimit(() => parts.startLimit()),
    health: new LaneHealth(() => parts.random()),
    retries: new RetryBudget(parts.startLimit(), nowMs),
    line: new WaitingLine(),
    flights: new Set(),
    answerMs: null,
    nextSequence: 0,
    usedAt: nowMs,
  };
}

/** Takes places back that nobody gave back. */
export function reclaimPlaces({ parts, limit, health, flights }: LaneState): void {
  const nowMs = parts.clock.now();
  for (const flight of flights) {
    if (nowMs < flight.lostAt) continue;
    flights.delete(flight);
    limit.passed(flight.round);
    health.passed(flight.sequence);
  }
}

/** How long a call holds its place, about, ms: before the first answer, as long as the oldest one has been out. */
export function toHoldMs({ parts, flights, answerMs }: LaneState): number {
  if (answerMs !== null) return answerMs;
  const [oldest] = flights;
  return oldest === undefined ? shortestHoldMs : Math.max(shortestHoldMs, parts.clock.now() - oldest.sentAt);
}
