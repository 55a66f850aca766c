import { z } from "zod";
import { waitForMail } from "../../contract/inbox-operations.ts";
import { mailShape } from "../../contract/mail-shapes.ts";
import { defineTool } from "../tool.ts";
import { taskShape } from "./task-shape.ts";
import { toWaitAnswer } from "./wait-answer.ts";

const { shape } = waitForMail.input;

export const wait = defineTool({
  name: "wait",
  title: "Wait for results or mail",
  description:
    "Waits until the given tasks have ended (status done, with their results) or mail is there (status message), " +
    "and returns at once if either is so already. It is pushed: use this instead of calling tasks again and " +
    "again. After 50 seconds at most it answers timed_out: call it again, or do something else meanwhile. With " +
    "tasks, no result counts as mail; other unread mail ends it each time, until mark_read has acked it. " +
    "Long results are cut and linked. Else it changes nothing.",
  hints: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: z.strictObject({
    tasks: shape.tasks.describe("task_ids or unique starts, up to 64; default none: it waits for mail"),
    until: z.coerce
      .string()
      .regex(/^(all|any|[1-9]\d?)$/, "must be all, any or a number from 1 to 64")
      .default("all")
      .describe("how many must have ended: all, any, or a number from 1 to 64; default all"),
    timeout_s: shape.timeout_s,
    mark_read: shape.mark_read,
  }),
  output: z.object({
    status: waitForMail.output.shape.status,
    tasks: z.array(taskShape),
    messages: z.array(mailShape),
    hint: z.string().nullable(),
  }),
  async call(input, { handlers, call, requestKey, takesTasks, now }) {
    const until = input.until === "all" || input.until === "any" ? input.until : Number(input.until);
    const isLasting = takesTasks && input.tasks.length > 0 && !input.mark_read;
    // A bridge asks again under the same key if the answer is lost: what was acked comes again then.
    const key = requestKey === null ? {} : { idempotency_key: requestKey };
    const timing = isLasting ? { timeout_s: 0 } : {};
    const waited = await handlers.waitForMail({ ...input, ...key, ...timing, until }, call);
    if (!isLasting || waited.status !== "timed_out") return toWaitAnswer(waited);
    return { task: { ids: waited.tasks.map(({ id }) => id), until, createdAt: now() } };
  },
});
