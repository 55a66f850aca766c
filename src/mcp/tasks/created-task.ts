import type { SessionView } from "../../contract/shapes.ts";
import { keptMs } from "../../core/retention.ts";
import { toWaitTaskId, type WaitTask } from "./wait-task.ts";

/** How often a client should ask. */
const pollIntervalMs = 1_000;

/** What a call that lasts is answered with at once. */
export function toCreatedTask(task: WaitTask) {
  return { content: [], ...toTaskState(task, []), resultType: "task", status: "working" };
}

/** What every answer says of a task. It is kept as long as the sessions that it waits for. */
export function toTaskState(task: WaitTask, sessions: readonly SessionView[]) {
  const createdAt = new Date(task.createdAt).toISOString();
  const times = sessions.flatMap(({ started_at, ended_at }) => [started_at ?? "", ended_at ?? ""]);
  return {
    taskId: toWaitTaskId(task),
    createdAt,
    lastUpdatedAt: [createdAt, ...times].toSorted().at(-1) ?? createdAt,
    ttlMs: keptMs,
    pollIntervalMs,
  };
}
