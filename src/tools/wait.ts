import { z } from "zod";
import { defaultWaitSeconds, waitSeconds } from "./mail-content.ts";
import { failed } from "./outcome.ts";
import { defineTool } from "./tool.ts";

const input = z.object({
  tasks: z.array(z.string().min(1)).max(64).optional().describe("Ids of your children; none: wait for mail"),
  until: z
    .union([z.enum(["all", "any"]), z.int().min(1).max(64)])
    .optional()
    .describe("How many must have ended; default all"),
  timeout_s: waitSeconds,
});

/** The call stays open, without a slot, until enough children have ended or other mail has come. */
export const waitTool = defineTool<z.infer<typeof input>>({
  name: "wait",
  description: "Wait for the results of your children, or for mail. Costs nothing while you wait.",
  input,
  effect: "pure",
  column: "sessions",
  toAction: () => ({ kind: "sessions" }),
  async run({ tasks = [], until = "all", timeout_s = defaultWaitSeconds }, context) {
    context.report("wait");
    const children = tasks.length === 0 ? [] : await context.sessions.status(tasks);
    const taskIds = [...new Set(children.map(({ sessionId }) => sessionId))];
    const needed = until === "all" ? taskIds.length : until === "any" ? Math.min(1, taskIds.length) : until;
    if (needed > taskIds.length) {
      return failed(`until is ${needed}, and there are ${taskIds.length} tasks. Name as many, or use "all".`);
    }
    const untilMs = context.sessions.mail.now() + timeout_s * 1_000;
    return { kind: "waiting", wait: { for: "tasks", taskIds, needed, untilMs } };
  },
});
