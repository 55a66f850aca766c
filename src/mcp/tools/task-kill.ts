import { z } from "zod";
import type { SessionView } from "../../contract/shapes.ts";
import { ProfclawError } from "../../core/errors.ts";
import { isEndStatus, liveStatuses } from "../../core/session.ts";
import { type ToolContext, defineTool } from "../tool.ts";
import { taskShape, toTaskView } from "./task-shape.ts";

export const taskKill = defineTool({
  name: "task_kill",
  title: "Stop a task",
  description:
    "Stops a task and everything it spawned: model calls, tools, processes. Use it when its result is not " +
    "needed any more or it went wrong. To change what it does, whisper to it instead. What it wrote and what it " +
    "cost stay, and it can be resumed by a person. Stopping one that has ended changes nothing.",
  hints: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  input: z.strictObject({
    task_id: z.string().min(1).describe("the task's id or a unique start of it"),
    tree: z
      .boolean()
      .default(true)
      .describe("true: with all that it spawned; false: refuse if any of its children still lives"),
  }),
  output: taskShape.pick({ task_id: true, status: true, reason: true, cost_usd: true }),
  async call({ task_id: wanted, tree }, context) {
    const { handlers, call } = context;
    const session = await handlers.getSession({ id: wanted }, call);
    refuseForeign(session.parent_id, context);
    if (isEndStatus(session.status)) return { structured: toEnd(session) };
    if (!tree) await refuseParent(session.id, context);
    return { structured: toEnd(await handlers.cancelSession({ id: session.id }, call)) };
  },
});

function toEnd(session: SessionView) {
  const { task_id, status, reason, cost_usd } = toTaskView(session);
  return { task_id, status, reason, cost_usd };
}

/** A session stops what it has spawned; a person stops anything. */
function refuseForeign(parentId: string | null, { call: { caller } }: ToolContext): void {
  if (caller.kind !== "session" || parentId === caller.sessionId) return;
  throw new ProfclawError("policy-denied", "This task is not a child of the session that asks.", {
    pointer: "/task_id",
    hint: "Its own children: call tasks without task_ids.",
  });
}

async function refuseParent(id: string, { handlers, call }: ToolContext): Promise<void> {
  const living = await handlers.listSessions({ parent: id, status: [...liveStatuses], limit: 1 }, call);
  if (living.sessions.length === 0) return;
  throw new ProfclawError("session-alive", `Children of ${id} still run, and tree is false.`, {
    pointer: "/tree",
    hint: "Stop it with its children: tree true. Or wait for them first.",
  });
}
