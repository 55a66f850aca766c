import { z } from "zod";
import { defineOperation } from "../../../src/contract/define-operation.ts";

/** A table with one operation of each kind; what a caller of the server could bring. */
export const smallTable = {
  createNotes: defineOperation({
    name: "notes.create",
    method: "POST",
    path: "/notes",
    access: "local",
    kind: "call",
    input: z.strictObject({
      notes: z
        .array(
          z.strictObject({
            task: z.string().refine((text) => text.trim() !== "", "must not be empty"),
            effort: z.enum(["low", "medium", "high"]).optional(),
            max_turns: z.int().min(1).max(10).optional(),
            labels: z.record(z.string().regex(/^\w+$/), z.string()).optional(),
          }),
        )
        .min(1)
        .max(3),
      schema: z.record(z.string(), z.json()).optional(),
      at: z.iso.datetime({ offset: true }).optional(),
      idempotency_key: z.string().min(1).max(20).optional(),
    }),
    output: z.object({ input: z.json() }),
    successStatus: 202,
    summary: "Take notes.",
  }),
  listNotes: defineOperation({
    name: "notes.list",
    method: "GET",
    path: "/notes",
    access: "local",
    kind: "call",
    input: z.strictObject({
      status: z.array(z.enum(["open", "done"])).optional(),
      label: z.array(z.string().regex(/^[^=]+=.*$/, "must be key=value")).optional(),
      limit: z.coerce.number().int().min(1).max(100).default(10),
    }),
    output: z.object({ input: z.json() }),
    successStatus: 200,
    summary: "List notes.",
  }),
  getNote: defineOperation({
    name: "notes.get",
    method: "GET",
    path: "/notes/{id}",
    access: "local",
    kind: "call",
    input: z.strictObject({ id: z.string() }),
    output: z.object({ input: z.json() }),
    successStatus: 200,
    summary: "One note.",
  }),
  closeNote: defineOperation({
    name: "notes.close",
    method: "POST",
    path: "/notes/{id}/close",
    access: "local",
    kind: "call",
    input: z.strictObject({ id: z.string() }),
    output: z.object({ input: z.json() }),
    successStatus: 200,
    summary: "Close a note.",
  }),
  getNoteEvents: defineOperation({
    name: "notes.events",
    method: "GET",
    path: "/notes/{id}/events",
    access: "local",
    kind: "stream",
    input: z.strictObject({ id: z.string(), after: z.coerce.number().int().min(0).default(0) }),
    output: z.object({ input: z.json() }),
    successStatus: 200,
    summary: "What happened to a note.",
  }),
};

export type SmallTable = typeof smallTable;
