import { z } from "zod";
import { type AnyTool, defineTool } from "../tool.ts";
import { taskShape, toTaskView } from "./task-shape.ts";

const sessionStatus = defineTool({
  name: "session_status",
  title: "Status of one session",
  description:
    "How one session stands: status, what it does now, turns, cost, its result or its error. For several at " +
    "once use sessions_list, to block until the end use wait. Changes nothing.",
  hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: z.strictObject({
    session_id: z.string().min(1).max(36).describe("the session's id or a unique start of it"),
  }),
  output: taskShape,
  async call({ session_id: id }, { handlers, call }) {
    return { structured: toTaskView(await handlers.getSession({ id }, call)) };
  },
});

const renamed = [
  ["sessions_spawn", "spawn", "Spawn a session"],
  ["sessions_list", "tasks", "List sessions"],
  ["sessions_send", "whisper", "Send to a session"],
] as const;

/** The same tools under the names that other programs use; in the toolset `aliases` only. */
export function toAliases(tools: readonly AnyTool[]): AnyTool[] {
  const aliases = renamed.flatMap(([name, of, title]) =>
    tools.filter((tool) => tool.name === of).map((tool) => ({ ...tool, name, title })),
  );
  return [...aliases, sessionStatus];
}
