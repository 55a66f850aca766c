import type { CallGate } from "../../core/call-gate.ts";
import { type Lane, type LaneStanding, createLane } from "./lane.ts";
import { type MinuteLimits, MinuteQuota } from "./minute-quota.ts";

export interface RateGovernorParts {
  clock: { now(): number };
  /** 0 ≤ n < 1; spreads those that wait. */
  random(): number;
  /** What tells one key of a provider from another, at this moment. Never the key itself. */
  keyOf(provider: string): string;
  /** The pool's limit: what a lane starts at and never exceeds. */
  startLimit(): number;
  /** By provider. Default: none. */
  limits?: ReadonlyMap<string, MinuteLimits>;
}

export interface RateGovernor extends CallGate {
  /** Every lane that is known just now. */
  standings(): LaneStanding[];
}

const sweepEveryMs = 5_000;
const idleMs = 10 * 60_000;

/**
 * The gate between all sessions and their providers. One lane per provider, key and model adapts how many
 * calls go at once, has one cool-down for all, one breaker, one budget of retries and one line. Who may
 * not go is parked until a time; nobody is called, and no timer is held. It never refuses and never throws.
 */
export function createRateGovernor(parts: RateGovernorParts): RateGovernor {
  const lanes = createLaneTable(parts);
  return {
    enter: (call) => Promise.resolve(lanes.of(call.provider, call.model).enter(call)),
    standings: () => lanes.all().map((lane) => lane.standing()),
  };
}

interface LaneTable {
  of(provider: string, model: string): Lane;
  all(): Lane[];
}

function createLaneTable(parts: RateGovernorParts): LaneTable {
  const lanes = new Map<string, Lane>();
  const quotas = new Map<string, MinuteQuota>();
  let sweptAt = parts.clock.now();
  const sweep = (nowMs: number): void => {
    if (nowMs < sweptAt + sweepEveryMs) return;
    sweptAt = nowMs;
    for (const [name, lane] of lanes) if (lane.sweep(idleMs)) lanes.delete(name);
    // An idle quota is full again long before its lanes are forgotten.
    if (lanes.size === 0) quotas.clear();
  };
  const quotaOf = (provider: string, key: string): MinuteQuota => {
    const name = JSON.stringify([provider, key]);
    const quota = quotas.get(name) ?? new MinuteQuota(parts.limits?.get(provider) ?? {}, parts.clock.now());
    quotas.set(name, quota);
    return quota;
  };
  return {
    of(provider, model) {
      sweep(parts.clock.now());
      const key = parts.keyOf(provider);
      const name = JSON.stringify([provider, key, model]);
      const lane =
        lanes.get(name) ?? createLane({ ...parts, provider, model, quota: quotaOf(provider, key) });
      lanes.set(name, lane);
      return lane;
    },
    all: () => [...lanes.values()],
  };
}
