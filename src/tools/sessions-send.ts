import { z } from "zod";
import { done } from "./outcome.ts";
import { defineTool } from "./tool.ts";

const input = z.object({
  to: z.string().min(1).describe("Session id: your parent, a child or a sibling"),
  content: z.string().min(1).max(262_144),
});

/** Posts a message to another session. */
export const sessionsSendTool = defineTool<z.infer<typeof input>>({
  name: "sessions_send",
  description: "Send a message to another session. It reads it between its turns.",
  input,
  effect: "keyed",
  column: "sessions",
  toAction: () => ({ kind: "sessions" }),
  async run({ to, content }, context) {
    context.report(`send to ${to}`);
    await context.sessions.send(context.toolCallId, to, content);
    return done(`Sent to ${to}.`);
  },
});
