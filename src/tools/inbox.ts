import { z } from "zod";
import { toMailText } from "../core/mail-text.ts";
import { done } from "./outcome.ts";
import { defineTool } from "./tool.ts";

const input = z.object({
  limit: z.int().min(1).max(50).optional().describe("Default 20"),
});

// What is left comes between turns by itself.
const mostCharacters = 262_144;
const defaultLimit = 20;

/** Mail that has come since the turn began; the rest was given to the model before it. */
export const inboxTool = defineTool<z.infer<typeof input>>({
  name: "inbox",
  description: "Read mail that has just come. Mail is also given to you between turns by itself.",
  input,
  effect: "pure",
  column: "sessions",
  toAction: () => ({ kind: "sessions" }),
  async run({ limit = defaultLimit }, context) {
    context.report("inbox");
    const mail = await context.sessions.mail.unread(limit);
    let length = 0;
    const beyond = mail.findIndex(({ content }) => (length += content.length) > mostCharacters);
    const shown = beyond === -1 ? mail : mail.slice(0, Math.max(1, beyond));
    if (shown.length === 0) return done("No new mail.");
    return { kind: "result", text: toMailText(shown), isError: false, readIds: shown.map(({ id }) => id) };
  },
});
