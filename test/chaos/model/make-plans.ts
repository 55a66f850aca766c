import type { Random } from "../random.ts";
import type { Plan, Step } from "./plan.ts";

const usualSteps: readonly [Step, ...Step[]] = [
  "bash",
  "slow-bash",
  "three",
  "edit",
  "read",
  "edit",
  "bash",
  "linger",
];

/** Sessions of three to seven turns with effects of every kind; each sixth has children, which may write but not run commands. */
export function makePlans(random: Random, count: number, prefix: string): Plan[] {
  return Array.from({ length: count }, (_, at) => makePlan(random, `${prefix}-${at}`));
}

function makePlan(random: Random, id: string): Plan {
  const rest = Array.from({ length: random.int(1, 4) }, () => random.pick(usualSteps));
  const plan: Plan = { id, steps: ["write", ...rest], delayMs: random.int(0, 120) };
  if (!random.chance(1 / 6)) return plan;
  const step = random.pick(["spawn", "spawn-free"] as const);
  plan.steps.splice(random.int(1, plan.steps.length), 0, step);
  plan.children = Array.from({ length: random.int(1, 3) }, (_, at) => ({
    id: `${id}.${at}`,
    steps: ["write" as const, random.pick(["edit", "read"] as const)],
    delayMs: random.int(0, 120),
  }));
  return plan;
}

/** Together they make every kind of journal event there is, but for those of a wrong shape. */
export function makeAllEventPlans(random: Random, prefix: string): Plan[] {
  const delayMs = random.int(0, 30);
  const child = (at: string): Plan => ({ id: `${prefix}-${at}`, steps: ["write", "ask", "edit"], delayMs });
  return [
    { id: `${prefix}-fail`, steps: ["write", "edit"], delayMs, accidents: { 0: ["error-500"], 1: ["cut"] } },
    { id: `${prefix}-wait`, steps: ["bash", "spawn"], delayMs, children: [child("w1"), child("w2")] },
    { id: `${prefix}-free`, steps: ["spawn-free", "three"], delayMs, children: [child("f1")] },
  ];
}

/** A session that is asked for an object and first answers something else. */
export function makeShapePlan(prefix: string): Plan {
  return { id: `${prefix}-shape`, steps: ["read"], delayMs: 0, wrongShape: true };
}
