import { z } from "zod";
import { mailContent } from "./mail-content.ts";
import { done } from "./outcome.ts";
import { type DecidedContext, defineTool } from "./tool.ts";

const input = z.object({
  to: z.string().min(1).max(100).describe("Id of a session or peer, or `parent`"),
  content: mailContent,
});

type Input = z.infer<typeof input>;

/** Posts a message to one session or peer. */
export const whisperTool = defineTool<Input>({
  name: "whisper",
  description:
    "Send a message to one session or peer. It reads it between its turns; no answer is waited for.",
  input,
  effect: "keyed",
  column: "sessions",
  toAction: () => ({ kind: "sessions" }),
  run: sendWhisper,
});

/** The same under the name that it has in other agents; offered where it is named. */
export const sessionsSendTool = defineTool<Input>({
  ...whisperTool,
  name: "sessions_send",
  input,
  toAction: () => ({ kind: "sessions" }),
  run: sendWhisper,
});

async function sendWhisper({ to, content }: Input, context: DecidedContext) {
  context.report(`whisper to ${to}`);
  const { woken } = await context.sessions.mail.whisper(context.toolCallId, to, content);
  return done(woken ? `Sent to ${to}, which had ended and goes on.` : `Sent to ${to}.`);
}
