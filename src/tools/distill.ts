import { z } from "zod";
import { done } from "./outcome.ts";
import { defineTool } from "./tool.ts";

const input = z.object({
  text: z.string().min(1).max(16_384).describe("One checkable claim"),
  evidence: z
    .array(z.string().min(1).max(1_000))
    .max(20)
    .optional()
    .describe("src/a.ts:12, an address, a quote"),
});

/** Puts a finding to the vote of the others in the tree. */
export const distillTool = defineTool<z.infer<typeof input>>({
  name: "distill",
  description: "Record one finding with its evidence, for others to vote on.",
  input,
  effect: "keyed",
  column: "sessions",
  toAction: () => ({ kind: "sessions" }),
  async run({ text, evidence = [] }, context) {
    context.report("distill");
    const id = await context.sessions.findings.distill(context.toolCallId, { text, evidence });
    return done(`Recorded as ${id}.`);
  },
});
