import { attachSessions } from "../attach/attach-sessions.ts";
import { defineCommand } from "../command.ts";
import { toJsonText } from "../plain-text.ts";
import { linkDaemon } from "../daemon-link.ts";

export const agentAttach = defineCommand({
  name: "agent attach",
  summary: "Look on while sessions work: their output as it comes, until Enter. Leaving stops nothing.",
  examples: ["profclaw agent attach 1a2b3c4d", "profclaw agent attach 1a2b3c4d 5e6f7a8b"],
  declare(parser) {
    parser.argument("<id...>", "ids of sessions, batches or flows, or starts of ones");
  },
  async run({ args, options }, context) {
    const client = await linkDaemon(context);
    try {
      if (options.json === true) {
        const sessions = await Promise.all(args.map((id) => client.getSession({ id })));
        context.terminal.print(toJsonText({ sessions }));
        return 0;
      }
      await attachSessions({ client, context, stdin: context.terminal.canAsk ? process.stdin : null }, args);
      return 0;
    } finally {
      client.close();
    }
  },
});
