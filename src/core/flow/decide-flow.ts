import { type Expansion, type Unit, mostUnits } from "./expand-step.ts";
import type { FlowEnd, FlowPlan, FlowRow, FlowStep, MissingPart } from "./flow.ts";
import { joinParts, toInlineText } from "./fan-in.ts";
import { type Picked, pickOne } from "./pick-one.ts";
import { toOrdered } from "./step-order.ts";
import type { NameScope, StepOutcome } from "./step-value.ts";
import { toUnitState } from "./unit-state.ts";
import { type Order, toCandidate, toMissing, toOrders } from "./order.ts";

/** How a step stands. */
export type StepStanding =
  | { kind: "waiting" }
  | { kind: "running"; units: Unit[] }
  | { kind: "blocked"; by: string }
  | { kind: "failed"; reason: string; missing: MissingPart[]; units: Unit[] }
  | { kind: "over"; outcome: StepOutcome; units: Unit[] };

export interface FlowDecision {
  orders: Order[];
  standings: Map<string, StepStanding>;
  /** Null while something is to be started or runs. */
  end: FlowEnd | null;
}

export interface FlowState {
  plan: FlowPlan;
  life: number;
  /** The rows of one item of a step. */
  rowsOf(step: string, item: number): readonly FlowRow[];
  /** Remembered by the caller: the same step is expanded once. */
  expand(step: FlowStep, scope: NameScope): Expansion;
  hash: (text: string) => string;
}

/** What is to be done next, from the plan and what has become of it so far; the same for the same state. */
export function decideFlow(state: FlowState): FlowDecision {
  const { plan } = state;
  const decision: FlowDecision = { orders: [], standings: new Map(), end: null };
  const outcomes = new Map<string, StepOutcome>();
  const steps = new Map(plan.steps.map((step) => [step.id, step]));
  const scope = { vars: plan.vars, outcomes, steps };
  for (const step of toOrdered(plan.steps)) {
    const standing = standStep({ state, step, scope, decision });
    decision.standings.set(step.id, standing);
    if (standing.kind === "over") outcomes.set(step.id, standing.outcome);
  }
  const isRunning = [...decision.standings.values()].some(({ kind }) => kind === "running");
  if (!isRunning) decision.end = toEnd(plan, decision.standings);
  return decision;
}

interface Standing {
  state: FlowState;
  step: FlowStep;
  scope: NameScope;
  decision: FlowDecision;
}

function standStep({ state, step, scope, decision }: Standing): StepStanding {
  const needs = step.needs.map((id) => ({ id, standing: decision.standings.get(id) }));
  const broken = needs.find(({ standing }) => standing?.kind === "failed" || standing?.kind === "blocked");
  if (broken !== undefined) return { kind: "blocked", by: broken.id };
  if (needs.some(({ standing }) => standing?.kind !== "over")) return { kind: "waiting" };
  const expansion = state.expand(step, scope);
  if (expansion.kind === "skipped") {
    return { kind: "over", units: [], outcome: { status: "skipped", parts: [], missing: [] } };
  }
  if (expansion.kind === "fault") return { kind: "failed", reason: expansion.reason, missing: [], units: [] };
  const before = [...decision.standings.values()].reduce((sum, other) => sum + countUnits(other), 0);
  const { units } = expansion;
  if (before + units.length <= mostUnits) return standUnits(state, { step, units, orders: decision.orders });
  const reason = `With its ${units.length} parts the flow would have more than ${mostUnits} sessions.`;
  return { kind: "failed", reason, missing: [], units: [] };
}

function countUnits(standing: StepStanding): number {
  return "units" in standing ? standing.units.length : 0;
}

interface StepUnits {
  step: FlowStep;
  units: Unit[];
  orders: Order[];
}

function standUnits(state: FlowState, { step, units, orders }: StepUnits): StepStanding {
  const states = units.map((unit) => {
    const rows = state.rowsOf(step.id, unit.item);
    return { unit, at: toUnitState({ step, unit, rows, life: state.life }) };
  });
  const wanted = states.flatMap(({ unit, at }) => toOrders(unit, at));
  orders.push(...wanted);
  if (wanted.length > 0 || states.some(({ at }) => at.kind === "busy")) return { kind: "running", units };
  const parts = states.flatMap(({ unit, at }) => (at.kind === "done" ? [toCandidate(unit, at.row)] : []));
  const missing = states.flatMap(({ unit, at }) => (at.kind === "lost" ? [toMissing(unit, at)] : []));
  const needed = step.quorum ?? Math.min(1, units.length);
  if (parts.length < needed) {
    const [first] = missing;
    const few =
      units.length === 1
        ? (first?.reason ?? "")
        : toFewText({ parts: parts.length, needed, of: units.length, first });
    return { kind: "failed", reason: few, missing, units };
  }
  if (step.pick === null || parts.length === 0) {
    return { kind: "over", units, outcome: { status: "completed", parts, missing } };
  }
  const rows = state.rowsOf(step.id, -1);
  const picked = pickOne({ step, candidates: parts, rows, life: state.life, hash: state.hash });
  return fromPicked(picked, { units, missing, orders });
}

function fromPicked(
  picked: Picked,
  { units, missing, orders }: Pick<StepUnits, "units" | "orders"> & { missing: MissingPart[] },
): StepStanding {
  if (picked.kind === "order") {
    orders.push(picked.order);
    return { kind: "running", units };
  }
  if (picked.kind === "busy") return { kind: "running", units };
  if (picked.kind === "failed") return { kind: "failed", reason: picked.reason, missing, units };
  return { kind: "over", units, outcome: { status: "completed", parts: [picked.part], missing } };
}

function toFewText(few: {
  parts: number;
  needed: number;
  of: number;
  first: MissingPart | undefined;
}): string {
  const { parts, needed, of, first } = few;
  return `${parts} of ${of} completed, ${needed} are needed. ${first === undefined ? "" : `${first.label}: ${first.reason}`}`;
}

/** What a person is told of the end, and what is there in any case. */
function toEnd(plan: FlowPlan, standings: ReadonlyMap<string, StepStanding>): FlowEnd {
  const missing = plan.steps.flatMap(({ id }) => toMissingOf(id, standings.get(id)));
  const failed = plan.steps.flatMap(({ id }) => {
    const standing = standings.get(id);
    return standing?.kind === "failed" ? [`Step ${id}: ${standing.reason}`] : [];
  });
  const result = toResult(plan, standings);
  if (failed.length === 0) return { status: "completed", reason: null, result, missing };
  return { status: "failed", reason: failed.join("\n").slice(0, 4_000), result, missing };
}

function toMissingOf(step: string, standing: StepStanding | undefined): MissingPart[] {
  if (standing?.kind === "over") return standing.outcome.missing;
  if (standing?.kind === "failed" && standing.missing.length > 0) return standing.missing;
  const reason =
    standing?.kind === "failed"
      ? standing.reason
      : `step ${standing?.kind === "blocked" ? standing.by : ""} has no result`;
  return [{ step, item: null, label: step, sessionId: null, reason }];
}

/** Of the steps that no other needs; of a flow that broke off, of those that came furthest. */
function toResult(plan: FlowPlan, standings: ReadonlyMap<string, StepStanding>): string {
  const done = plan.steps.flatMap(({ id }) => {
    const standing = standings.get(id);
    return standing?.kind === "over" && standing.outcome.parts.length > 0
      ? [{ id, ...standing.outcome }]
      : [];
  });
  const isUsed = (id: string): boolean =>
    done.some((other) => plan.steps.some((step) => step.id === other.id && step.needs.includes(id)));
  const last = done.filter(({ id }) => !isUsed(id));
  const texts = last.map(({ id, parts, missing }) => {
    const [only] = parts;
    const text =
      parts.length === 1 && missing.length === 0 && only !== undefined
        ? toInlineText(only)
        : joinParts(parts, missing);
    return { id, text };
  });
  const [first] = texts;
  return texts.length === 1 && first !== undefined
    ? first.text
    : texts.map(({ id, text }) => `# ${id}\n\n${text}`).join("\n\n");
}
