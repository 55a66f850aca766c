import { z } from "zod";
import { sessionStatuses } from "../core/session.ts";
import { defineOperation } from "./define-operation.ts";
import { journalEntryShape } from "./shapes.ts";

/** An entry of any session's journal, with its place in the order in which all of them were written. */
export const eventShape = z.object({
  id: z.int().describe("what Last-Event-ID and after take; it only grows, also over restarts"),
  session_id: z.string(),
  batch_id: z.string(),
  ...journalEntryShape.shape,
});

export const listEvents = defineOperation({
  name: "events.list",
  method: "GET",
  path: "/events",
  access: "local",
  kind: "stream",
  input: z.strictObject({
    after: z.coerce
      .number()
      .int()
      .min(0)
      .optional()
      .describe("an event's id; only later ones. Left out: a stream begins now, a page with the first"),
    limit: z.coerce.number().int().min(1).max(1_000).default(1_000),
    batch: z.string().optional().describe("a batch's id or a unique start of one"),
    label: z
      .array(z.string().regex(/^[^=]+=.*$/, "must be key=value"))
      .optional()
      .describe("key=value; all must match"),
    status: z.array(z.enum(sessionStatuses)).optional().describe("how the session stands when it is read"),
  }),
  output: z.object({
    events: z.array(eventShape),
    next_after: z
      .int()
      .nullable()
      .describe("null: that was all for now. A page may be shorter than limit, even empty, before the end"),
  }),
  successStatus: 200,
  summary: "What all sessions live through, in one order: a page, or live as server-sent events.",
});

export type EventView = z.infer<typeof eventShape>;
export type ListEventsInput = z.infer<typeof listEvents.input>;
export type EventListView = z.infer<typeof listEvents.output>;
