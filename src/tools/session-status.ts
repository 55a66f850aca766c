import { z } from "zod";
import type { ChildSummary } from "../core/tool-context.ts";
import { done } from "./outcome.ts";
import { defineTool } from "./tool.ts";

const input = z.object({
  ids: z.array(z.string().min(1)).max(64).optional().describe("Default: all your children"),
});

const maxChars = 16_000;

/** Says how the caller's children stand, with the results of those that have ended. */
export const sessionStatusTool = defineTool<z.infer<typeof input>>({
  name: "session_status",
  description: "How your child sessions stand, with results of those that ended.",
  input,
  effect: "pure",
  column: "sessions",
  toAction: () => ({ kind: "sessions" }),
  async run({ ids = [] }, context) {
    context.report("session status");
    const children = await context.sessions.status(ids);
    if (children.length === 0) return done("This session has no children.");
    const share = Math.max(200, Math.floor(maxChars / children.length));
    return done(children.map((child) => describeChild(child, share)).join("\n\n"));
  },
});

function describeChild(child: ChildSummary, maxTextChars: number): string {
  const reason = child.reason === null ? "" : ` (${child.reason})`;
  const head = `${child.sessionId} ${child.status}${reason}, ${child.turns} turns: ${child.task.slice(0, 120)}`;
  if (child.text === "") return head;
  const isLong = child.text.length > maxTextChars;
  const text = isLong
    ? `${child.text.slice(0, maxTextChars)}… [cut; ask for this id alone to see more]`
    : child.text;
  return `${head}\n${text}`;
}
