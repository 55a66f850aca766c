import { findNearest } from "../nearest.ts";
import type { FlowPlan, FlowStep } from "./flow.ts";
import { listNames } from "./template.ts";
import { findCycle } from "./step-order.ts";

/** What is wrong in a flow, and with which of its values. `path`: into what was written. */
export interface FlowFault {
  path: (string | number)[];
  /** Characters into the value, where that is a text. */
  offset: number;
  text: string;
}

interface Checked {
  plan: FlowPlan;
  step: FlowStep;
  path: (string | number)[];
}

/** Everything that can be known to be wrong before anything starts. Names with `vars` that are given count as known. */
export function checkFlow(plan: FlowPlan): FlowFault[] {
  const faults = plan.steps.flatMap((step, index) => checkStep({ plan, step, path: ["steps", index] }));
  if (faults.length > 0) return faults;
  const cycle = findCycle(plan.steps);
  if (cycle === undefined) return [];
  const index = plan.steps.findIndex(({ id }) => id === cycle[0]);
  const text = `the steps wait for each other: ${cycle.join(" → ")}.`;
  return [{ path: ["steps", index], offset: 0, text }];
}

function checkStep(checked: Checked): FlowFault[] {
  const { plan, step, path } = checked;
  const isTwice = plan.steps.filter(({ id }) => id === step.id).length > 1;
  const twice = `there are two steps "${step.id}".`;
  return [
    ...(isTwice ? [{ path: [...path, "id"], offset: 0, text: twice }] : []),
    ...checkNeeds(checked),
    ...listTexts(step).flatMap(({ at, text }) => checkText(checked, at, text)),
    ...checkCount(checked),
  ];
}

function checkNeeds({ plan, step, path }: Checked): FlowFault[] {
  const ids = plan.steps.map(({ id }) => id);
  return step.needs.flatMap((need, index) => {
    if (ids.includes(need) && need !== step.id) return [];
    const why =
      need === step.id ? "a step cannot need itself." : `there is no step "${need}".${guess(need, ids)}`;
    return [{ path: [...path, "needs", index], offset: 0, text: why }];
  });
}

interface PlacedText {
  at: (string | number)[];
  text: string;
}

/** Every text of a step that may hold templates. */
function listTexts({ task, when, work, gate, pick }: FlowStep): PlacedText[] {
  return [
    { at: ["task"], text: task },
    ...(when === null ? [] : [{ at: ["when"], text: when }]),
    ...(work.kind === "each" && typeof work.over === "string" ? [{ at: ["foreach"], text: work.over }] : []),
    ...(work.kind === "team"
      ? work.members.map((member, index) => ({ at: ["team", index, "task"], text: member.task }))
      : []),
    ...(gate?.kind === "judge" ? [{ at: ["gate", "judge"], text: gate.ask }] : []),
    ...(pick?.kind === "judge" ? [{ at: ["pick", "judge"], text: pick.ask }] : []),
  ];
}

function checkText(checked: Checked, at: (string | number)[], text: string): FlowFault[] {
  return listNames(text).flatMap(({ path, source, offset }) => {
    const why = explainName(checked, path, at[0] === "foreach");
    return why === undefined ? [] : [{ path: [...checked.path, ...at], offset, text: `${source}: ${why}` }];
  });
}

const roots = ["steps", "vars", "item", "index"];

function explainName(checked: Checked, path: readonly string[], isList: boolean): string | undefined {
  const { plan, step } = checked;
  const [root = "", name = "", field] = path;
  if (path.length === 0)
    return "this is no name; write {{ steps.plan.result }} or {{ vars.x }}, and \\{{ for braces.";
  if (root === "item" || root === "index") {
    const hasItem = step.work.kind === "each" && !isList;
    return hasItem ? undefined : "only a step with foreach has items.";
  }
  if (root === "vars") {
    if (path.length === 2 && Object.hasOwn(plan.vars, name)) return undefined;
    return `there is no variable "${name}".${guess(name, Object.keys(plan.vars))} Give it: --var ${name}=…`;
  }
  if (root !== "steps") return `there is no "${root}".${guess(root, roots)}`;
  return explainStepName(checked, name, field);
}

function explainStepName(
  { plan, step }: Checked,
  name: string,
  field: string | undefined,
): string | undefined {
  const ids = plan.steps.map(({ id }) => id);
  if (!ids.includes(name)) return `there is no step "${name}".${guess(name, ids)}`;
  if (name === step.id) return "a step cannot use its own result.";
  if (field === "result" || field === "status") return undefined;
  return `a step has result and status; write {{ steps.${name}.result }}.`;
}

/** A quorum above what there can be never holds. */
function checkCount({ step, path }: Checked): FlowFault[] {
  const { work, quorum, pick } = step;
  const count = countKnown(step);
  const faults: FlowFault[] = [];
  if (quorum !== null && count !== undefined && quorum > count) {
    const text = `quorum is ${quorum}, and the step has ${count} ${count === 1 ? "session" : "sessions"}.`;
    faults.push({ path: [...path, "quorum"], offset: 0, text });
  }
  if (pick !== null && work.kind === "one") {
    const text = "there is nothing to pick from; give copies, team or foreach.";
    faults.push({ path: [...path, "pick"], offset: 0, text });
  }
  return faults;
}

function countKnown({ work }: FlowStep): number | undefined {
  if (work.kind === "one") return 1;
  if (work.kind === "copies") return work.count;
  if (work.kind === "team") return work.members.length;
  return typeof work.over === "string" ? undefined : work.over.length;
}

function guess(name: string, known: readonly string[]): string {
  const nearest = findNearest(name, known, 2);
  if (nearest.length > 0) return ` Did you mean ${nearest.join(" or ")}?`;
  return known.length === 0 ? "" : ` There are: ${known.slice(0, 10).join(", ")}.`;
}
