import type { Gate, FlowRow, FlowStep } from "./flow.ts";
import type { Unit } from "./expand-step.ts";

/** What is to be done next for one unit, and why. */
export type UnitState =
  | { kind: "busy" }
  | { kind: "done"; row: FlowRow }
  | { kind: "try"; attempt: number; feedback: string | null }
  | { kind: "gate"; row: FlowRow; gate: Gate }
  | { kind: "lost"; row: FlowRow; reason: string };

interface UnitQuery {
  step: FlowStep;
  unit: Pick<Unit, "hash">;
  /** All rows of this item, in any order. */
  rows: readonly FlowRow[];
  /** The flow's present life: tries of earlier ones are not counted. */
  life: number;
}

/** A result counts for the question it answers only; so does a failure. */
export function toUnitState({ step, unit, rows, life }: UnitQuery): UnitState {
  const works = rows.filter(({ part }) => part !== "gate").toSorted((a, b) => a.attempt - b.attempt);
  const last = works.at(-1);
  const attempt = (last?.attempt ?? 0) + 1;
  if (last === undefined || last.inputHash !== unit.hash) {
    const kept = works.findLast((row) => row.inputHash === unit.hash && row.status === "completed");
    return kept === undefined || step.gate !== null
      ? { kind: "try", attempt, feedback: null }
      : { kind: "done", row: kept };
  }
  if (last.status === "running") return { kind: "busy" };
  const gate = rows.find((row) => row.part === "gate" && row.attempt === last.attempt);
  if (last.status === "completed") {
    if (step.gate === null) return { kind: "done", row: last };
    if (gate === undefined) return { kind: "gate", row: last, gate: step.gate };
    if (gate.status === "running") return { kind: "busy" };
    if (gate.passed === true) return { kind: "done", row: last };
  }
  const tries = works.filter((row) => row.life === life && row.inputHash === unit.hash).length;
  const failed = gate ?? last;
  if (last.life !== life || (tries <= step.retry && mayRetry(failed))) {
    return { kind: "try", attempt, feedback: toFeedback(last, gate) };
  }
  return { kind: "lost", row: last, reason: toReason(failed) };
}

/** What a person ended, and what has no money left, is not tried again by itself. */
function mayRetry({ status, reason }: FlowRow): boolean {
  return status !== "cancelled" && reason !== "budget" && reason !== "credential";
}

function toReason({ part, status, error }: FlowRow): string {
  if (part === "gate") return `it did not pass its gate: ${error ?? "no reason was given"}`;
  return `${status}: ${error ?? "no reason was given"}`;
}

/** What the next try is told of the last one's gate. */
function toFeedback(last: FlowRow, gate: FlowRow | undefined): string | null {
  if (gate === undefined || gate.passed !== false) return null;
  const said = last.result?.text ?? "";
  const before = said.length > mostOfBefore ? `${said.slice(0, mostOfBefore)}\n[…]` : said;
  return `Your last attempt did not pass the check:\n${gate.error ?? ""}\n\nWhat you answered then:\n${before}`;
}

const mostOfBefore = 8_000;
