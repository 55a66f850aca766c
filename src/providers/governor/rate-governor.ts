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
  limits?: MinuteLimitsByProvider;
}

type MinuteLimitsByProvider = ReadonlyMap<string, MinuteLimits>;

export interface RateGovernor extends CallGate {
  /** Every lane that is known just now. */
  standings(): LaneStanding[];
  /** Other limits a minute, from now on. */
  setLimits(limits: MinuteLimitsByProvider): void;
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
    setLimits: (limits) => lanes.setLimits(limits),
  };
}

interface LaneTable {
  of(provider: string, model: string): Lane;
  all(): Lane[];
  setLimits(limits: MinuteLimitsByProvider): void;
}

function createLaneTable(parts: RateGovernorParts): LaneTable {
  const lanes = new Map<string, Lane>();
  const quotas = new Map<string, { provider: string; quota: MinuteQuota }>();
  let { limits = new Map<string, MinuteLimits>() } = parts;
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
    const known = quotas.get(name);
    if (known !== undefined) return known.quota;
    const quota = new MinuteQuota(limits.get(provider) ?? {}, parts.clock.now());
    quotas.set(name, { provider, quota });
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
    setLimits(next) {
      limits = next;
      for (const { provider, quota } of quotas.values())
        quota.change(limits.get(provider) ?? {}, parts.clock.now());
    },
  };
}
