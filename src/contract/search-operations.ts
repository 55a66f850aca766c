import { z } from "zod";
import { textKinds } from "../core/text-kind.ts";
import { defineOperation } from "./define-operation.ts";
import { reading } from "./mail-shapes.ts";

/** One text in which the words stand. */
export const foundTextShape = z.object({
  kind: z
    .enum(textKinds)
    .describe(
      "task: what was asked; turn: a model said it; tool: a tool answered it; result: the outcome; note: of a thread",
    ),
  session_id: z.string().nullable().describe("null: a peer's finding, or a thread's note"),
  task: z.string().describe("the session's task or the thread's title, cut to 200 characters"),
  ref: z.string().describe("the id of the message, finding or thread, or the session's"),
  snippet: z.string().describe("the place, the words between « and »"),
  score: z.number().describe("BM25, higher is better; to compare within this answer"),
  at: z.iso.datetime(),
  links: z.record(z.string(), z.string()),
});

export const searchTexts = defineOperation({
  name: "search",
  method: "GET",
  path: "/search",
  access: "local",
  kind: "call",
  input: z.strictObject({
    query: z
      .string()
      .max(2_000)
      .refine((text) => /[\p{L}\p{N}]/u.test(text), "must have a word in it")
      .describe(
        'words, up to 2000 characters; texts with all come first. "Two words" in quotes stand together',
      ),
    scope: z
      .enum(["tree", "batch", "all"])
      .optional()
      .describe("default: a session's own tree; for others all. batch and tree need of"),
    of: z
      .string()
      .optional()
      .describe(
        "a session (scope tree) or a batch (scope batch): an id or a unique start; default the caller",
      ),
    kind: z.array(z.enum(textKinds)).optional().describe("only texts of these kinds; default all"),
    cursor: z
      .string()
      .regex(/^\d{1,4}$/)
      .optional()
      .describe("next_cursor of the page before; default the first page"),
    limit: z.coerce.number().int().min(1).max(100).default(20).describe("1 to 100, default 20"),
  }),
  output: z.object({
    hits: z.array(foundTextShape),
    next_cursor: z.string().nullable(),
    not_yet_searched: z
      .int()
      .describe("journal entries that are not in the index yet; 0 but while very much happens"),
  }),
  successStatus: 200,
  example: { query: "a word" },
  summary:
    "Full-text search over tasks, results, messages, transcripts, findings and threads, the best first.",
  tool: {
    name: "search_via_parent",
    title: "Search what sessions said",
    description:
      "Full-text search over what sessions were asked, said, were told and came to, the best first; a session searches its own tree. The daemon answers, also when the parent has gone. Use it before work that somebody may have done already, or to find a fact again. It searches no files: use grep or read_file for those. For one session's steps take task_logs. Changes nothing.",
    annotations: reading,
  },
});

export type FoundTextView = z.infer<typeof foundTextShape>;
export type SearchView = z.infer<typeof searchTexts.output>;
export type SearchInput = z.output<typeof searchTexts.input>;
