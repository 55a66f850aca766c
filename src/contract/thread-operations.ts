import { z } from "zod";
import { urgencies } from "../core/thread.ts";
import { defineOperation } from "./define-operation.ts";
import { idempotencyKey } from "./mail-shapes.ts";

const longestTextBytes = 16_384;

const threadText = z
  .string()
  .refine((text) => text.trim() !== "", "must not be empty")
  .refine(
    (text) => new TextEncoder().encode(text).length <= longestTextBytes,
    `must be at most ${longestTextBytes} bytes`,
  )
  .describe("what is known and what is to do, at most 16 KB");
const threadTitle = z
  .string()
  .max(200)
  .refine((text) => text.trim() !== "", "must not be empty")
  .describe("the work in one line, up to 200 characters");
const urgencyShape = z.enum(urgencies).default("normal").describe("high ones are listed first");
export const folder = z.string().min(1).max(4_096);

const noteShape = z.object({
  id: z.string(),
  author: z.string().describe("a session's or a peer's id"),
  at: z.iso.datetime(),
  text: z.string(),
});

const threadFields = {
  id: z.string(),
  title: z.string(),
  state: z.enum(["open", "closed"]),
  urgency: z.enum(urgencies),
  author: z.string().describe("a session's or a peer's id"),
  cwd: z.string(),
  notes_count: z.int(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  closed_at: z.iso.datetime().nullable(),
  closed_by: z.string().nullable(),
  links: z.record(z.string(), z.string()),
};

export const threadShape = z.object(threadFields);
export const wholeThreadShape = z.object({ ...threadFields, notes: z.array(noteShape) });

const byId = { id: z.string().min(1).max(36).describe("a thread's id or a unique start of one") };

export const openThread = defineOperation({
  name: "threads.open",
  method: "POST",
  path: "/threads",
  access: "local",
  kind: "call",
  input: z.strictObject({
    title: threadTitle,
    text: threadText,
    cwd: folder.optional().describe("the folder that it is about; left out: the session's, or the daemon's"),
    urgency: urgencyShape,
    idempotency_key: idempotencyKey,
  }),
  output: wholeThreadShape,
  successStatus: 200,
  example: { title: "Flaky test in parse", text: "Fails one time in ten: the clock is real. Pass one in." },
  summary: "Leave work open for whoever has time: with what is known of it.",
});

export const listThreads = defineOperation({
  name: "threads.list",
  method: "GET",
  path: "/threads",
  access: "local",
  kind: "call",
  input: z.strictObject({
    state: z.enum(["open", "closed"]).optional().describe("left out: both"),
    cwd: folder.optional().describe("only about this folder"),
    cursor: z.string().max(500).optional(),
    limit: z.coerce.number().int().min(1).max(1_000).default(100),
  }),
  output: z.object({ threads: z.array(threadShape), next_cursor: z.string().nullable() }),
  successStatus: 200,
  summary: "Threads, the latest touched first; a session sees its tree's, and people's in its folder.",
});

export const getThread = defineOperation({
  name: "threads.get",
  method: "GET",
  path: "/threads/{id}",
  access: "local",
  kind: "call",
  input: z.strictObject(byId),
  output: wholeThreadShape,
  successStatus: 200,
  summary: "One thread with its notes, the oldest first.",
});

export const noteThread = defineOperation({
  name: "threads.note",
  method: "POST",
  path: "/threads/{id}/notes",
  access: "local",
  kind: "call",
  input: z.strictObject({ ...byId, text: threadText, idempotency_key: idempotencyKey }),
  output: wholeThreadShape,
  successStatus: 200,
  example: { text: "It is the time zone, not the clock." },
  summary: "Add what was found out. A thread that was picked up and completed is a candidate again then.",
});

export const closeThread = defineOperation({
  name: "threads.close",
  method: "POST",
  path: "/threads/{id}/close",
  access: "local",
  kind: "call",
  input: z.strictObject({ ...byId, text: threadText.optional() }),
  output: wholeThreadShape,
  successStatus: 200,
  example: { text: "Fixed." },
  summary: "Close a thread, with a last note or without. Closed twice is closed once; kept for 30 days.",
});

export type ThreadView = z.infer<typeof threadShape>;
export type WholeThreadView = z.infer<typeof wholeThreadShape>;
export type OpenThreadInput = z.output<typeof openThread.input>;
export type ListThreadsInput = z.output<typeof listThreads.input>;
