import { z } from "zod";
import { defineOperation } from "./define-operation.ts";

const byId = { id: z.string().describe("a session's id or a unique start of one") };

const changedFile = z.object({
  path: z.string(),
  kind: z.enum(["added", "changed", "deleted"]),
  added: z.int().nullable().describe("lines; null for a file that is not text"),
  removed: z.int().nullable(),
});

const place = {
  id: z.string(),
  folder: z.string(),
  branch: z.string(),
  origin: z.string().describe("the working tree it was made from"),
};

export const getSessionDiff = defineOperation({
  name: "sessions.diff",
  method: "GET",
  path: "/agents/sessions/{id}/diff",
  access: "local",
  kind: "call",
  input: z.strictObject(byId),
  output: z.object({
    ...place,
    base: z.string().describe("the commit it began with"),
    files: z.array(changedFile),
    patch: z.string().describe("as git diff prints it"),
    truncated: z.boolean().describe("the patch is longer than 4 MB; the list of files is whole"),
  }),
  successStatus: 200,
  summary: "What a session changed in its worktree so far, committed or not.",
});

export const applySession = defineOperation({
  name: "sessions.apply",
  method: "POST",
  path: "/agents/sessions/{id}/apply",
  access: "local",
  kind: "call",
  input: z.strictObject(byId),
  output: z.object({
    ...place,
    files: z.array(changedFile).describe("what changed there by it; none if it was all there already"),
  }),
  successStatus: 200,
  example: {},
  summary:
    "Bring an ended session's changes into the working tree that its worktree was made from, uncommitted; all or nothing.",
});

export type SessionDiffView = z.infer<typeof getSessionDiff.output>;
export type AppliedView = z.infer<typeof applySession.output>;
