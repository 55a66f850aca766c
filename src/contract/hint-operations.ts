import { z } from "zod";
import { defineOperation } from "./define-operation.ts";

const hintShape = z.object({
  id: z.string(),
  tool: z.string().describe("the tool that it speaks for"),
  advice: z.string(),
});

export const findHints = defineOperation({
  name: "hints.find",
  method: "POST",
  path: "/hints",
  access: "local",
  kind: "call",
  input: z.strictObject({
    text: z.string().min(1).max(20_000).describe("what a user wrote, 1 to 20000 characters"),
  }),
  output: z.object({
    hints: z.array(
      hintShape.extend({
        phrase: z.string().describe("as it stands in the list"),
        matched: z.string().describe("as it stands in the text"),
      }),
    ),
  }),
  successStatus: 200,
  summary: "Which tools a user's words speak for (English, Russian, and phrases of your own). Advice only.",
  example: { text: "Review both modules in parallel." },
});

export const listHints = defineOperation({
  name: "hints.list",
  method: "GET",
  path: "/hints",
  access: "local",
  kind: "call",
  input: z.strictObject({}),
  output: z.object({
    hints: z.array(
      hintShape.extend({
        phrases: z.array(z.string()).describe("* is any ending, ... up to four words"),
        source: z.enum(["config", "built-in"]),
      }),
    ),
  }),
  successStatus: 200,
  summary: "The phrases that bring up a hint.",
});

export type FoundHintsView = z.infer<typeof findHints.output>;
export type HintListView = z.infer<typeof listHints.output>;
