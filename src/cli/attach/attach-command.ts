import { defineCommand } from "../command.ts";
import { linkDaemon } from "../daemon-link.ts";
import { toJsonText } from "../plain-text.ts";
import { runAttach } from "./run-attach.ts";

/** The command with its flags and its help. */
export const attachCommand = defineCommand({
  name: "agent attach",
  summary: "Look on while sessions work: their output as it comes, until Enter. Leaving stops nothing.",
  examples: ["profclaw agent attach 1a2b3c4d", "profclaw agent attach 1a2b3c4d 5e6f7a8b"],
  declare(parser) {
    parser.argument("<id...>", "ids of sessions, batches or flows, or starts of ones");
  },
  async run({ args, options }, context) {
    if (options.json !== true) return runAttach(args, context);
    const client = await linkDaemon(context);
    try {
      const sessions = await Promise.all(args.map((id) => client.getSession({ id })));
      context.terminal.print(toJsonText({ sessions }));
      return 0;
    } finally {
      client.close();
    }
  },
});
