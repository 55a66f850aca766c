import { z } from "zod";
import { done } from "./outcome.ts";
import { defineTool } from "./tool.ts";

const input = z.object({
  finding_id: z.string().min(1).max(40),
  weight: z.number().min(-1).max(1).describe("-1 wrong, 0 cannot tell, 1 right"),
  reason: z.string().min(1).max(2_000).optional(),
});

/** One vote for each finding of others: a later one takes the place of the earlier. */
export const voteDistillTool = defineTool<z.infer<typeof input>>({
  name: "vote_distill",
  description: "Vote on somebody else's finding after you have checked it. consolidate shows their ids.",
  input,
  effect: "keyed",
  column: "sessions",
  toAction: () => ({ kind: "sessions" }),
  async run({ finding_id: findingId, weight, reason = null }, context) {
    context.report(`vote on ${findingId}`);
    const id = await context.sessions.findings.vote(findingId, weight, reason);
    return done(`Your vote on ${id} is ${weight}.`);
  },
});
