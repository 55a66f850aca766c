import type { CallGate } from "../core/call-gate.ts";
import type { Clock } from "../core/clock.ts";

/**
 * A gate that reckons in `elapsedMs`, so that no cool-down of it grows or ends when somebody sets the
 * clock; what it tells sessions to wait for is in the journal's time.
 */
export function onWallClock(gate: CallGate, clock: Clock): CallGate {
  return {
    async enter(call) {
      const admission = await gate.enter(call);
      if (admission.kind !== "park" || !("untilMs" in admission.wait)) return admission;
      const leftMs = admission.wait.untilMs - clock.elapsedMs();
      const madeAtMs = clock.now();
      const wait = { ...admission.wait, untilMs: Math.ceil(madeAtMs + leftMs) };
      return { kind: "park", wait: wait.on === "cool-down" ? { ...wait, madeAtMs } : wait };
    },
  };
}
