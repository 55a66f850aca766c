import { defineCommand } from "../command.ts";
import { linkAndGreet } from "../daemon-link.ts";
import { type AllowanceFlags, declareAllowance, follow, toAllowance } from "../living/allowance-flags.ts";

export const agentResume = defineCommand<AllowanceFlags>({
  name: "agent resume",
  summary: "Let an ended session go on, with its id and its history, and wait for its result.",
  examples: [
    'profclaw agent resume 1a2b3c4d "Now fix what you found"',
    "profclaw agent resume 1a2b3c4d --max-turns 20 --timeout 10m",
    "profclaw agent resume 1a2b3c4d --budget 1.00 -d",
  ],
  declare(parser) {
    parser
      .argument("<id>", "a session's id or the start of one")
      .argument("[message]", "what more is to do; a completed session needs it");
    declareAllowance(parser);
  },
  async run({ args: [id = "", message], options: flags }, context) {
    const allowance = toAllowance(flags);
    const client = await linkAndGreet(context);
    try {
      const words = message === undefined ? {} : { message };
      const accepted = await client.resumeSession({ id, ...words, ...allowance });
      return await follow(accepted, flags, { client, context });
    } finally {
      client.close();
    }
  },
});
