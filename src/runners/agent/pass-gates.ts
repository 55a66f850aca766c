import type { Admission, CallGate, CallPass, CallReport, PlannedCall } from "../../core/call-gate.ts";

/** Passed all gates, or stopped at one: then those before it have been left again. */
export type Entry = { kind: "entered"; pass: CallPass } | Exclude<Admission, { kind: "pass" }>;

/** Of a call that never went out. */
export const nothingDone: CallReport = {
  kind: "failed",
  code: "not-called",
  status: null,
  retryAfterMs: null,
  possiblyBilled: false,
};

/** Asks every gate in order. A call that one of them stops was never made, and the others are told so. */
export async function passGates(gates: readonly CallGate[], call: PlannedCall): Promise<Entry> {
  const passes: CallPass[] = [];
  for (const gate of gates) {
    const admission = await gate.enter(call).catch((error: unknown) => {
      leaveAll(passes, nothingDone);
      throw error;
    });
    if (admission.kind === "pass") {
      passes.push(admission.pass);
      continue;
    }
    leaveAll(passes, nothingDone);
    return admission;
  }
  const reservedMicroUsd = Math.max(0, ...passes.map((pass) => pass.reservedMicroUsd));
  const reservedTokens = Math.max(0, ...passes.map((pass) => pass.reservedTokens ?? 0));
  // The first report counts: the run's last words may be said once more where it was let go of.
  const leave = (report: CallReport): void => leaveAll(passes.splice(0), report);
  return { kind: "entered", pass: { reservedMicroUsd, reservedTokens, leave } };
}

function leaveAll(passes: readonly CallPass[], report: CallReport): void {
  for (const pass of passes) pass.leave(report);
}
