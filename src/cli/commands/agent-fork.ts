import { defineCommand } from "../command.ts";
import { linkAndGreet } from "../daemon-link.ts";
import { parseWholeFlag } from "../flag-values.ts";
import {
  type AllowanceFlags,
  type ModelFlags,
  declareAllowance,
  declareModel,
  follow,
  toAllowance,
} from "../living/allowance-flags.ts";

interface ForkFlags extends AllowanceFlags, ModelFlags {
  turn?: string;
}

export const agentFork = defineCommand<ForkFlags>({
  name: "agent fork",
  summary:
    "Start a session that begins with another one's turns, up to one of them, and wait for its result.",
  examples: [
    'profclaw agent fork 1a2b3c4d "Try it without the cache"',
    'profclaw agent fork 1a2b3c4d --turn 3 "Look at src/auth instead"',
  ],
  declare(parser) {
    parser
      .argument("<id>", "a session's id or the start of one")
      .argument("[message]", "what to do from there")
      .option("--turn <n>", "the last turn that is copied; left out: the last there is");
    declareModel(parser);
    declareAllowance(parser);
  },
  async run({ args: [id = "", message], options: flags }, context) {
    const turn =
      flags.turn === undefined
        ? undefined
        : parseWholeFlag("--turn", flags.turn, { least: 1, most: 999_999 });
    const allowance = toAllowance(flags);
    const { provider, model } = flags;
    const client = await linkAndGreet(context);
    try {
      const accepted = await client.forkSession({ id, turn, message, provider, model, ...allowance });
      return await follow(accepted, flags, { client, context });
    } finally {
      client.close();
    }
  },
});
