import { toShortId } from "../../core/id.ts";
import { defineCommand } from "../command.ts";
import { linkDaemon } from "../daemon-link.ts";
import { toOnlyId } from "../flow/only-id.ts";
import { toJsonText } from "../plain-text.ts";

export const flowCancel = defineCommand({
  name: "flow cancel",
  summary: "Stop a flow and every session of it; what is finished is kept.",
  examples: ["profclaw flow cancel 5388"],
  declare: (parser) => void parser.argument("<id>", "a flow's id or the start of one"),
  async run({ args, options }, context) {
    const client = await linkDaemon(context);
    try {
      const flow = await client.cancelFlow({ id: toOnlyId(args) });
      const short = toShortId(flow.id);
      if (options.json === true) context.terminal.print(toJsonText(flow));
      else context.terminal.print(`${short} cancelled`);
      context.terminal.say(`Go on where it was: profclaw flow resume ${short}`);
      return 0;
    } finally {
      client.close();
    }
  },
});
