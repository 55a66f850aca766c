import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { addressee, content, idempotencyKey, repeatable, timeoutSeconds, writing } from "./mail-shapes.ts";

const sent = { id: z.string(), to_cid: z.string() };

export const whisper = defineOperation({
  name: "mail.whisper",
  method: "POST",
  path: "/messages",
  access: "local",
  kind: "call",
  input: z.strictObject({ to_cid: addressee, content, idempotency_key: idempotencyKey }),
  output: z.object({
    ...sent,
    woken: z.boolean().describe("it had ended, and goes on to read this"),
  }),
  successStatus: 200,
  summary: "Send a message to one session or peer.",
  example: { to_cid: "7f3c2a10", content: "The port is 4000, not 3000." },
  tool: {
    name: "whisper",
    title: "Message one session or peer",
    description:
      "Send a message to one session or peer of your tree: a finding, a correction, a hand-over. It is stored when this returns, and is read between the other's turns. Expects no reply: use ask for a question, broadcast for all at once. A child of yours that has ended goes on to read it.",
    annotations: writing,
  },
});

export const broadcast = defineOperation({
  name: "mail.broadcast",
  method: "POST",
  path: "/messages/broadcast",
  access: "local",
  kind: "call",
  input: z.strictObject({
    content,
    scope: z
      .enum(["tree", "batch", "all"])
      .optional()
      .describe(
        "tree: the living sessions and the peer of your tree (default); batch: those of one batch; all: everybody, for the user and peers only (default for a user who has no name)",
      ),
    batch_id: z
      .string()
      .min(1)
      .max(36)
      .optional()
      .describe("with scope batch: which one; default a session's own"),
    idempotency_key: idempotencyKey,
  }),
  output: z.object({
    id: z.string(),
    to: z.array(z.string()).describe("who it is for: one message each"),
    left_out: z.array(z.string()).describe("who has too much unread mail to get more"),
  }),
  successStatus: 200,
  summary: "Send one message to all that are there.",
  example: { content: "Stop: the schema has changed." },
  tool: {
    name: "broadcast",
    title: "Message everybody in your tree",
    description:
      "Send the same message to every living session of your tree and to the agent that started it. Each gets it once, whatever the others do with theirs. For what all must know (a decision, a discovery that changes the plan); for one reader use whisper. Each copy is stored when this returns; answers the ids that it is for.",
    annotations: writing,
  },
});

export const ask = defineOperation({
  name: "mail.ask",
  method: "POST",
  path: "/messages/ask",
  access: "local",
  kind: "call",
  input: z.strictObject({
    to_cid: addressee,
    question: content,
    timeout_s: timeoutSeconds,
    idempotency_key: idempotencyKey,
  }),
  output: z.object({
    status: z.enum(["answered", "timed_out"]),
    qid: z.string(),
    answer: z.string().nullable(),
    hint: z.string().nullable(),
  }),
  successStatus: 200,
  summary: "Ask one session or peer and wait for its answer.",
  example: { to_cid: "7f3c2a10", question: "Which port do you use?", timeout_s: 20 },
  tool: {
    name: "ask",
    title: "Ask one session or peer",
    description:
      "Ask one session or peer a question and wait for its answer. The question is stored; after timed_out it stands: a later answer comes to your inbox with reply_to = qid. A question to somebody who waits for you is refused at once (wait-cycle). For a message that needs no answer use whisper.",
    annotations: writing,
  },
});

export const respond = defineOperation({
  name: "mail.respond",
  method: "POST",
  path: "/messages/{qid}/answer",
  access: "local",
  kind: "call",
  input: z.strictObject({
    qid: z.string().min(1).max(200).describe("the id of the question: a message of kind ask"),
    content,
  }),
  output: z.object({
    ...sent,
    qid: z.string(),
    status: z
      .enum(["in_time", "late"])
      .describe("late: the asker no longer waits; the answer is in its inbox"),
  }),
  successStatus: 200,
  summary: "Answer a question that was put to you.",
  example: { content: "4000" },
  tool: {
    name: "respond",
    title: "Answer a question",
    description:
      "Answer a message of kind ask that was sent to you. The asker, if it still waits, goes on at once; a late answer reaches its inbox. One answer for each question: a second, different one is refused.",
    annotations: repeatable,
  },
});
