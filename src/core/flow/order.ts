import type { JsonObject } from "../json.ts";
import type { Unit } from "./expand-step.ts";
import type { FlowRow, Gate, Judge, MissingPart } from "./flow.ts";
import { type Candidate, gateSchema, toGateTask } from "./pick-rules.ts";
import type { UnitState } from "./unit-state.ts";

/** Something to be started. */
export type Order =
  | { kind: "session"; unit: Unit; part: FlowRow["part"]; attempt: number }
  | { kind: "command"; unit: Unit; attempt: number; command: string; timeoutMs: number };

/** What a unit's state asks to be started: one thing at most. */
export function toOrders(unit: Unit, at: UnitState): Order[] {
  if (at.kind === "gate") return [toGateOrder(unit, at.row, at.gate)];
  if (at.kind !== "try") return [];
  const task = at.feedback === null ? unit.task : `${unit.task}\n\n${at.feedback}`;
  return [{ kind: "session", unit: { ...unit, task }, part: "work", attempt: at.attempt }];
}

function toGateOrder(unit: Unit, row: FlowRow, gate: Gate): Order {
  const { attempt } = row;
  if (gate.kind === "command") {
    return { kind: "command", unit, attempt, command: gate.command, timeoutMs: gate.timeoutMs };
  }
  const task = toGateTask(gate.ask, { sessionId: row.sessionId, result: toResultOf(row) });
  const session = toJudgeSession(gate, gateSchema);
  return {
    kind: "session",
    unit: { ...unit, label: `gate of ${unit.label}`, task, session },
    part: "gate",
    attempt,
  };
}

/** A judge looks at what it is given, and nowhere else. */
export function toJudgeSession({ session }: Judge, schema: JsonObject): JsonObject {
  return { tools: [], project_notes: false, ...session, schema };
}

/** A unit's result as one of those that came in. */
export function toCandidate(unit: Unit, row: FlowRow): Candidate {
  return { label: unit.label, weight: unit.weight, sessionId: row.sessionId, result: toResultOf(row) };
}

function toResultOf({ result }: FlowRow): NonNullable<FlowRow["result"]> {
  return result ?? { text: "", truncated: false };
}

/** A unit that is not there, by name. */
export function toMissing(unit: Unit, lost: Extract<UnitState, { kind: "lost" }>): MissingPart {
  return {
    step: unit.step,
    item: unit.item,
    label: unit.label,
    sessionId: lost.row.sessionId,
    reason: lost.reason,
  };
}
