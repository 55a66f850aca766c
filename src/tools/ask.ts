import { z } from "zod";
import { defaultWaitSeconds, mailContent, waitSeconds } from "./mail-content.ts";
import { defineTool } from "./tool.ts";

const input = z.object({
  to: z.string().min(1).max(100).describe("Id of a session or peer, or `parent`"),
  question: mailContent,
  timeout_s: waitSeconds,
});

/** Puts a question; the call stays open, without a slot, until it is answered or the time is over. */
export const askTool = defineTool<z.infer<typeof input>>({
  name: "ask",
  description: "Ask one session or peer and wait for its answer. A late answer comes as a message.",
  input,
  effect: "keyed",
  column: "sessions",
  toAction: () => ({ kind: "sessions" }),
  async run({ to, question, timeout_s = defaultWaitSeconds }, context) {
    context.report(`ask ${to}`);
    const asked = { text: question, timeoutMs: timeout_s * 1_000 };
    const { qid, untilMs } = await context.sessions.mail.ask(context.toolCallId, to, asked);
    return { kind: "waiting", wait: { for: "answer", qid, untilMs } };
  },
});
