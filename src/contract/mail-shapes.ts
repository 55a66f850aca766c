import { z } from "zod";
import { messageKinds } from "../core/message.ts";

const longestContentBytes = 262_144;
/** No call blocks longer, so that no client's own limit cuts it off. */
const longestBlockSeconds = 50;

export const content = z
  .string()
  .refine((text) => text.trim() !== "", "must not be empty")
  .refine(
    (text) => new TextEncoder().encode(text).length <= longestContentBytes,
    `must be at most ${longestContentBytes} bytes`,
  )
  .describe("the text, at most 256 KB; it reaches its reader whole, quoted, with your id");
export const addressee = z
  .string()
  .min(1)
  .max(100)
  .describe("a session's id or a unique start of one, a peer's id or name, or `parent`");
export const idempotencyKey = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .describe("sent again under the same key, it is one message; default none");
export const readKey = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .describe("with mark_read: asked again under the same key, the same messages come again; default none");
export const timeoutSeconds = z
  .int()
  .min(0)
  .max(longestBlockSeconds)
  .default(longestBlockSeconds)
  .describe("how long this call waits, in seconds: 0 to 50, default 50");
export const markRead = z
  .boolean()
  .default(false)
  .describe("true: what this call returns is acked and does not come again; default false");

/** A message as its addressee sees it. */
export const mailShape = z.object({
  id: z.string(),
  kind: z.enum(messageKinds),
  from_cid: z.string().describe("a session's or a peer's id, or \"user\""),
  to_cid: z.string(),
  content: z.string(),
  created_at: z.iso.datetime(),
  reply_to: z.string().nullable().describe("of an answer: the qid of its question"),
  acked: z.boolean(),
});

const local = { destructiveHint: false, openWorldHint: false };
/** What a tool does beyond its answer, as MCP clients are told. */
export const writing = { ...local, readOnlyHint: false, idempotentHint: false };
export const repeatable = { ...local, readOnlyHint: false, idempotentHint: true };
export const reading = { ...local, readOnlyHint: true, idempotentHint: true };

export type MailView = z.infer<typeof mailShape>;
