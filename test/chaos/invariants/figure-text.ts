import type { FaultReport } from "../define-fault.ts";
import type { Breach } from "./breach.ts";
import { countEffects } from "./effects.ts";
import type { Evidence } from "./evidence.ts";

/** What every fault's figure says: what there was, and how much of it broke. */
export function toPromiseFigure(evidence: Evidence, breaches: readonly Breach[]): string {
  const broken = (invariant: string): number =>
    breaches.filter((breach) => breach.invariant === invariant).length;
  const ends = evidence.rows.journal.filter(({ type }) => type === "turn-end").length;
  return [
    `${evidence.sessions.length} sessions: lost ${broken("accepted sessions lost")}`,
    `${ends} finished turns, paid twice ${broken("finished turns paid twice")}`,
    `${countEffects(evidence).asked} effects, doubled ${broken("effects doubled")}`,
  ].join("; ");
}

/** A report whose figure is `what`, then what every fault's figure says. */
export function toReport(what: string, evidence: Evidence, breaches: readonly Breach[]): FaultReport {
  return { kind: "ran", figure: `${what}; ${toPromiseFigure(evidence, breaches)}`, breaches };
}
