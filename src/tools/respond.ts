import { z } from "zod";
import { mailContent } from "./mail-content.ts";
import { done } from "./outcome.ts";
import { defineTool } from "./tool.ts";

const input = z.object({
  qid: z.string().min(1).max(200).describe("Of the message of kind ask"),
  content: mailContent,
});

/** Answers a question. */
export const respondTool = defineTool<z.infer<typeof input>>({
  name: "respond",
  description: "Answer a question (a message of kind ask) that was put to you.",
  input,
  effect: "keyed",
  column: "sessions",
  toAction: () => ({ kind: "sessions" }),
  async run({ qid, content }, context) {
    context.report("respond");
    const { to, isLate } = await context.sessions.mail.respond(qid, content);
    return done(isLate ? `Sent to ${to}, which no longer waits: it has it as mail.` : `Answered ${to}.`);
  },
});
