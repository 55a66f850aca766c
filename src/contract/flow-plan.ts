import type { Budget } from "../core/budget.ts";
import { parseDuration } from "../core/duration.ts";
import type { FlowPlan, FlowStep, Gate, Judge, PickRule, StepWork } from "../core/flow/flow.ts";
import { type FlowFault, checkFlow } from "../core/flow/check-flow.ts";
import { listNames } from "../core/flow/template.ts";
import type { JsonObject } from "../core/json.ts";
import { parseUsd } from "../core/money.ts";
import type { FlowFile, FlowJudgeFile, FlowStepFile } from "./flow-shapes.ts";

const gateMs = 600_000;

/** A flow as it is run, its budget, and all that is wrong with it beyond its shape. */
export interface ReadFlow {
  plan: FlowPlan;
  budget: Budget;
  faults: FlowFault[];
}

/** Fills in defaults and variables. `vars`: what was given beside the file. */
export function readFlow(file: FlowFile, vars: Readonly<Record<string, string>> = {}): ReadFlow {
  const given = Object.entries(file.vars ?? {}).map(([name, value]) => [name, String(value)]);
  const defaults = toSession(file.defaults ?? {});
  const steps = file.steps.map((step) => toStep(step, defaults));
  const plan = { name: file.name ?? null, vars: { ...Object.fromEntries(given), ...vars }, steps };
  const shape = file.steps.flatMap((step, index) => findShapeFaults(step, index));
  const microUsd = file.budget === undefined ? null : (parseUsd(file.budget) ?? null);
  const budget = { microUsd, tokens: file.budget_tokens ?? null };
  return { plan, budget, faults: shape.length > 0 ? shape : checkFlow(plan) };
}

function findShapeFaults(step: FlowStepFile, index: number): FlowFault[] {
  const many = (["foreach", "copies", "team"] as const).filter((key) => step[key] !== undefined);
  const [, second] = many;
  const path = ["steps", index];
  const tooMany = `a step has one of foreach, copies and team; this one has ${many.join(" and ")}.`;
  const isTold = step.task !== undefined || (step.team ?? []).every(({ task }) => task !== undefined);
  const isTeam = step.team !== undefined;
  const untold = isTeam ? "a member without a task needs the step's." : `step "${step.id}" has no task.`;
  return [
    ...(second === undefined ? [] : [{ path: [...path, second], offset: 0, text: tooMany }]),
    ...(isTold && (isTeam || step.task !== undefined) ? [] : [{ path, offset: 0, text: untold }]),
  ];
}

function toStep(step: FlowStepFile, defaults: JsonObject): FlowStep {
  const { id, task = "", needs = [], when, retry, quorum, gate, pick } = step;
  const session = { ...defaults, ...toSession(step) };
  const told: FlowStep = {
    id,
    task,
    needs,
    work: toWork(step),
    when: when ?? null,
    retry: retry ?? 0,
    quorum: quorum ?? null,
    gate: gate === undefined ? null : toGate(gate, session),
    pick: pick === undefined ? null : toPick(pick, session),
    session,
  };
  return { ...told, needs: [...new Set([...needs, ...listNamedSteps(told)])] };
}

/** Steps that its texts name go before it, said or not. A step that names itself is a fault that is told elsewhere. */
function listNamedSteps(step: FlowStep): string[] {
  const { task, when, work, gate, pick } = step;
  const texts = [
    task,
    when ?? "",
    work.kind === "each" && typeof work.over === "string" ? work.over : "",
    ...(work.kind === "team" ? work.members.map((member) => member.task) : []),
    gate?.kind === "judge" ? gate.ask : "",
    pick?.kind === "judge" ? pick.ask : "",
  ];
  const paths = texts.flatMap((text) => listNames(text).map(({ path }) => path));
  return paths.flatMap(([root, name]) =>
    root === "steps" && name !== undefined && name !== step.id ? [name] : [],
  );
}

function toWork(step: FlowStepFile): StepWork {
  if (step.foreach !== undefined) return { kind: "each", over: step.foreach };
  if (step.copies !== undefined) return { kind: "copies", count: step.copies };
  if (step.team === undefined) return { kind: "one" };
  const members = step.team.map((member) => ({
    task: member.task ?? step.task ?? "",
    name: member.name ?? null,
    weight: member.weight ?? 1,
    session: toSession(member),
  }));
  return { kind: "team", members };
}

function toGate(gate: NonNullable<FlowStepFile["gate"]>, session: JsonObject): Gate {
  if (gate.judge !== undefined) return toJudge(gate.judge, session);
  return { kind: "command", command: gate.command ?? "", timeoutMs: toMs(gate.timeout) ?? gateMs };
}

function toPick(pick: NonNullable<FlowStepFile["pick"]>, session: JsonObject): PickRule {
  if (pick === "vote") return { kind: "vote", field: null };
  return pick.judge === undefined ? { kind: "vote", field: pick.vote ?? null } : toJudge(pick.judge, session);
}

const ofWorker = ["agent", "provider", "model", "cwd"] as const;

/** A judge has the model of the work it looks at, unless it says another. */
function toJudge(judge: FlowJudgeFile, session: JsonObject): Judge {
  const { ask, ...own } = typeof judge === "string" ? { ask: judge } : judge;
  const said = toSession(own);
  const isOther = said["provider"] !== undefined || said["model"] !== undefined;
  const kept = ofWorker.flatMap((key) => {
    const value = session[key];
    return value === undefined || (isOther && key !== "cwd") ? [] : [[key, value] as const];
  });
  return { kind: "judge", ask, session: { ...Object.fromEntries(kept), ...said } };
}

const ofSteps = new Set([
  "id",
  "task",
  "name",
  "weight",
  "needs",
  "foreach",
  "copies",
  "team",
  "when",
  "retry",
  "quorum",
]);
const ofRules = new Set(["gate", "pick"]);

/** What a spawn request calls the same: `budget` is `budget_usd`, a time is in ms. */
function toSession(fields: object): JsonObject {
  const entries = Object.entries(fields).flatMap(([key, value]: [string, unknown]) => {
    if (ofSteps.has(key) || ofRules.has(key) || value === undefined) return [];
    if (key === "budget") return [["budget_usd", value]];
    return [[key, key === "timeout" ? toMs(value) : value]];
  });
  return Object.fromEntries(entries) as JsonObject;
}

function toMs(value: unknown): number | undefined {
  return typeof value === "string" || typeof value === "number" ? parseDuration(String(value)) : undefined;
}
