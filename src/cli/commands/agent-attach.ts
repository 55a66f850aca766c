import { attachSession } from "../attach/attach-session.ts";
import { defineCommand } from "../command.ts";
import { linkDaemon } from "../daemon-link.ts";

export const agentAttach = defineCommand({
  name: "agent attach",
  summary: "Look on while a session works: its output as it comes, until Enter. Leaving stops nothing.",
  examples: ["profclaw agent attach 1a2b3c4d"],
  declare(parser) {
    parser.argument("<id>", "a session's id or the start of one");
  },
  async run({ args: [id = ""], options }, context) {
    const client = await linkDaemon(context);
    try {
      if (options.json === true) {
        context.terminal.print(JSON.stringify(await client.getSession({ id })));
        return 0;
      }
      await attachSession({ client, context, stdin: context.terminal.canAsk ? process.stdin : null }, id);
      return 0;
    } finally {
      client.close();
    }
  },
});
