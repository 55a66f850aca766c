import { z } from "zod";
import { defineOperation } from "./define-operation.ts";

const folderTrustShape = z.object({
  folder: z.string().describe("its real path"),
  state: z
    .enum(["trusted", "changed", "untrusted"])
    .describe("changed: it was trusted with other content, so it is not any more"),
  trusted_at: z.iso.datetime().nullable(),
  content: z.string().describe("stands for all that would be loaded; what a yes is for"),
  files: z.array(z.object({ path: z.string(), sha256: z.string(), text: z.string().optional() })),
  changed: z.array(z.string()).describe("files that differ from what was trusted"),
});

const folder = z.string().min(1).max(4_096).describe("an absolute path; URL-encoded in a path");

export const listTrust = defineOperation({
  name: "trust.list",
  method: "GET",
  path: "/trust",
  access: "admin",
  kind: "call",
  input: z.strictObject({}),
  output: z.object({ folders: z.array(folderTrustShape) }),
  successStatus: 200,
  summary: "Folders that were trusted, and whether they still hold what was trusted.",
});

export const inspectTrust = defineOperation({
  name: "trust.inspect",
  method: "GET",
  path: "/trust/{folder}",
  access: "admin",
  kind: "call",
  input: z.strictObject({ folder }),
  output: folderTrustShape,
  successStatus: 200,
  summary: "What would be loaded from a folder if it were trusted, whole.",
});

export const trustFolder = defineOperation({
  name: "trust.put",
  method: "PUT",
  path: "/trust/{folder}",
  access: "admin",
  kind: "call",
  input: z.strictObject({ folder, content: z.string().describe("as trust.inspect answered it") }),
  output: folderTrustShape,
  successStatus: 200,
  example: { content: "what the GET of the same path answers as content" },
  summary: "Trust exactly this content of a folder; trust ends when it changes.",
});

export const removeTrust = defineOperation({
  name: "trust.remove",
  method: "DELETE",
  path: "/trust/{folder}",
  access: "admin",
  kind: "call",
  input: z.strictObject({ folder }),
  output: folderTrustShape,
  successStatus: 200,
  summary: "Trust a folder no more.",
});

export type FolderTrustView = z.infer<typeof folderTrustShape>;
