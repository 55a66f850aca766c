import { defineCommand } from "../command.ts";
import { linkAndGreet } from "../daemon-link.ts";
import {
  type AllowanceFlags,
  type ModelFlags,
  declareAllowance,
  declareModel,
  follow,
  toAllowance,
} from "../living/allowance-flags.ts";

export const agentRetry = defineCommand<AllowanceFlags & ModelFlags>({
  name: "agent retry",
  summary: "Start the same session once more from its beginning, under a new id, and wait for its result.",
  examples: ["profclaw agent retry 1a2b3c4d", "profclaw agent retry 1a2b3c4d --model claude-opus-4-6"],
  declare(parser) {
    parser.argument("<id>", "a session's id or the start of one");
    declareModel(parser);
    declareAllowance(parser);
  },
  async run({ args: [id = ""], options: flags }, context) {
    const allowance = toAllowance(flags);
    const { provider, model } = flags;
    const client = await linkAndGreet(context);
    try {
      const accepted = await client.retrySession({ id, provider, model, ...allowance });
      return await follow(accepted, flags, { client, context });
    } finally {
      client.close();
    }
  },
});
