import type { Admission, PlannedCall } from "../../core/call-gate.ts";
import { admitCall } from "./admit-call.ts";
import { type LaneParts, type LaneState, openLaneState, reclaimPlaces } from "./lane-state.ts";

/** How a lane stands, for tables. */
export interface LaneStanding {
  provider: string;
  model: string;
  /** Calls that may be in flight at once. */
  limit: number;
  inFlight: number;
  waiting: number;
  /** When its cool-down ends, ms since the epoch; null if it has none. */
  coolUntilMs: number | null;
  /** True while one call at a time tries whether the provider is back. */
  isOpen: boolean;
}

/** All calls to one model of one provider with one key: one limit, one cool-down, one line. */
export interface Lane {
  enter(call: PlannedCall): Admission;
  standing(): LaneStanding;
  /** Forgets who did not come back and what nobody gave back; true if the lane itself may be forgotten. */
  sweep(idleMs: number): boolean;
}

export function createLane(parts: LaneParts): Lane {
  const lane = openLaneState(parts);
  return {
    enter(call) {
      lane.usedAt = parts.clock.now();
      return admitCall(lane, call);
    },
    standing: () => toStanding(lane),
    sweep(idleMs) {
      const nowMs = parts.clock.now();
      lane.line.sweep(nowMs);
      reclaimPlaces(lane);
      const isEmpty = lane.flights.size === 0 && lane.line.size === 0;
      return isEmpty && nowMs >= Math.max(lane.health.coolUntilMs, lane.usedAt + idleMs);
    },
  };
}

function toStanding({ parts, limit, health, flights, line }: LaneState): LaneStanding {
  const { provider, model, clock } = parts;
  return {
    provider,
    model,
    limit: limit.value,
    inFlight: flights.size,
    waiting: line.size,
    coolUntilMs: health.coolUntilMs > clock.now() ? health.coolUntilMs : null,
    isOpen: health.isOpen,
  };
}
