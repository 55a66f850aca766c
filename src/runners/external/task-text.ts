import type { SessionRecord } from "../../core/session.ts";

/** What a role and the caller say first; an agent without a place of its own for it is told it with the task. */
export function toTaskText({
  stance,
  appendSystem,
  task,
}: Pick<SessionRecord, "stance" | "appendSystem" | "task">): string {
  return [stance, appendSystem, task].filter((text) => text !== null && text !== "").join("\n\n");
}
