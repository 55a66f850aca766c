import type { Plan } from "./plan.ts";
import { environmentAudit } from "./plans/environment-audit.ts";
import { routeTests } from "./plans/route-tests.ts";
import { securityReview } from "./plans/security-review.ts";

/** A task of the demo, the tools its session gets, and how the simulated model goes about it. */
export interface DemoTask {
  task: string;
  tools: string[];
  plan: Plan;
}

export const demoTasks: readonly DemoTask[] = [
  {
    task: "Review the authentication module for security issues",
    tools: ["read_file", "grep", "glob"],
    plan: securityReview,
  },
  {
    task: "Check test coverage for the API routes",
    tools: ["read_file", "test_run", "glob"],
    plan: routeTests,
  },
  {
    task: "Audit environment variable usage",
    tools: ["read_file", "grep", "glob"],
    plan: environmentAudit,
  },
];

/** The same tasks for a folder that is not ours: nothing there is run. */
export function toReadOnlyTasks(tasks: readonly DemoTask[]): DemoTask[] {
  return tasks.map((task) => ({ ...task, tools: task.tools.filter((tool) => tool !== "test_run") }));
}
