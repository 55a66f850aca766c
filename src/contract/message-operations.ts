import { z } from "zod";
import { deliveries, messageKinds, receipts } from "../core/message.ts";
import { defineOperation } from "./define-operation.ts";

const longestMessageBytes = 262_144;
const byId = { id: z.string().describe("a session's id or a unique start of one") };

/** A message and what became of it. */
export const messageShape = z.object({
  id: z.string(),
  session_id: z.string(),
  from: z.string().describe('"user", or the id of the session that sent it'),
  kind: z.enum(messageKinds),
  delivery: z.enum(deliveries),
  receipt: z.enum(receipts).describe("missed: the session ended before it was read"),
  message: z.string(),
  created_at: z.iso.datetime(),
  delivered_at: z.iso.datetime().nullable(),
  hint: z.string().nullable().describe("what to do about one that was missed"),
});

export const sendMessage = defineOperation({
  name: "messages.send",
  method: "POST",
  path: "/agents/sessions/{id}/messages",
  access: "local",
  kind: "call",
  input: z.strictObject({
    ...byId,
    message: z
      .string()
      .refine((text) => text.trim() !== "", "must not be empty")
      .refine(
        (text) => new TextEncoder().encode(text).length <= longestMessageBytes,
        `must be at most ${longestMessageBytes} bytes`,
      ),
    delivery: z
      .enum(deliveries)
      .default("steer")
      .describe(
        "steer: before its next model call; interrupt: that call is cut off; queue: when it would stop",
      ),
    idempotency_key: z.string().min(1).max(200).optional(),
  }),
  output: messageShape,
  successStatus: 200,
  example: { message: "Look at the tests first" },
  summary: "Write to a session. It is on disk before the answer comes, and read once.",
});

export const getMessage = defineOperation({
  name: "messages.get",
  method: "GET",
  path: "/agents/sessions/{id}/messages/{message_id}",
  access: "local",
  kind: "call",
  input: z.strictObject({ ...byId, message_id: z.string() }),
  output: messageShape,
  successStatus: 200,
  summary: "A message to a session, and whether it was read.",
});

export const listMessages = defineOperation({
  name: "messages.list",
  method: "GET",
  path: "/agents/sessions/{id}/messages",
  access: "local",
  kind: "call",
  input: z.strictObject({
    ...byId,
    unread: z.enum(["true", "false"]).default("false").describe("only what was not read yet"),
    cursor: z.string().min(1).max(200).optional(),
    limit: z.coerce.number().int().min(1).max(1_000).default(100),
  }),
  output: z.object({ messages: z.array(messageShape), next_cursor: z.string().nullable() }),
  successStatus: 200,
  summary: "What was sent to a session, oldest first, a page at a time.",
});

export type MessageView = z.infer<typeof messageShape>;
export type SendMessageInput = z.infer<typeof sendMessage.input>;
