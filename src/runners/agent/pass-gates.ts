import type { Admission, CallGate, CallPass, CallReport, PlannedCall } from "../../core/call-gate.ts";

/** Passed all gates, or stopped at one: then those before it have been left again. */
export type Entry = { kind: "entered"; pass: CallPass } | Exclude<Admission, { kind: "pass" }>;

const nothingDone: CallReport = {
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
    const admission = await gate.enter(call);
    if (admission.kind === "pass") {
      passes.push(admission.pass);
      continue;
    }
    leaveAll(passes, nothingDone);
    return admission;
  }
  const reservedMicroUsd = Math.max(0, ...passes.map((pass) => pass.reservedMicroUsd));
  return { kind: "entered", pass: { reservedMicroUsd, leave: (report) => leaveAll(passes, report) } };
}

function leaveAll(passes: readonly CallPass[], report: CallReport): void {
  for (const pass of passes) pass.leave(report);
}
