import { z } from "zod";
import { mailContent } from "./mail-content.ts";
import { done } from "./outcome.ts";
import { defineTool } from "./tool.ts";

const input = z.object({
  content: mailContent,
  scope: z.enum(["tree", "batch"]).optional().describe("Default tree: all, with who started you"),
});

/** Posts one message to all that are there. */
export const broadcastTool = defineTool<z.infer<typeof input>>({
  name: "broadcast",
  description: "Send one message to all living sessions of your tree, for what all must know.",
  input,
  effect: "keyed",
  column: "sessions",
  toAction: () => ({ kind: "sessions" }),
  async run({ content, scope = "tree" }, context) {
    context.report("broadcast");
    const { to, full } = await context.sessions.mail.broadcast(context.toolCallId, scope, content);
    const left = full.length === 0 ? "" : ` Left out, with too much unread mail: ${full.join(", ")}.`;
    return done(
      to.length === 0 ? `Nobody else is there.${left}` : `Sent to ${to.length}: ${to.join(", ")}.${left}`,
    );
  },
});
