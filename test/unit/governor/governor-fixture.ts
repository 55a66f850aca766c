import type { Admission, CallPass, CallReport, PlannedCall } from "../../../src/core/call-gate.ts";
import { createFixedClock } from "../../../src/core/clock.ts";
import {
  type RateGovernor,
  type RateGovernorParts,
  createRateGovernor,
} from "../../../src/providers/governor/rate-governor.ts";
import { planCall } from "./simulated-crowd.ts";

export const startMs = 1_000_000;

/** A governor on a fixed clock, without jitter unless told otherwise. */
export interface Stand {
  governor: RateGovernor;
  clock: ReturnType<typeof createFixedClock>;
  enter(id: string, more?: Partial<PlannedCall>): Promise<Admission>;
  /** Enters and goes; throws if it may not. */
  go(id: string, more?: Partial<PlannedCall>): Promise<CallPass>;
  /** Enters and is parked; throws if it goes. */
  park(id: string, more?: Partial<PlannedCall>): Promise<{ inMs: number; detail: string }>;
  /** Goes and comes back with that. */
  call(id: string, report: CallReport): Promise<void>;
}

export function createStand(parts: Partial<RateGovernorParts> = {}): Stand {
  const clock = createFixedClock(startMs);
  const governor = createRateGovernor({
    clock,
    random: () => 0,
    keyOf: () => "key",
    startLimit: () => 10,
    ...parts,
  });
  const stand: Stand = {
    governor,
    clock,
    enter: (id, more) => governor.enter(planCall(id, more)),
    async go(id, more) {
      const admission = await stand.enter(id, more);
      if (admission.kind !== "pass") throw new Error(`${id} may not go: ${JSON.stringify(admission)}`);
      return admission.pass;
    },
    async park(id, more) {
      const admission = await stand.enter(id, more);
      if (admission.kind !== "park" || admission.wait.on !== "cool-down")
        throw new Error(`${id} is not parked`);
      return { inMs: admission.wait.untilMs - clock.now(), detail: admission.wait.detail };
    },
    async call(id, report) {
      const pass = await stand.go(id);
      pass.leave(report);
    },
  };
  return stand;
}

/** Lets that many go at once, each a session of its own. */
export function goAll(stand: Stand, count: number, prefix = "s"): Promise<CallPass[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => stand.go(`${prefix}${index}`)));
}
