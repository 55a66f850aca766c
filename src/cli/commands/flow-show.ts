import { defineCommand } from "../command.ts";
import { linkDaemon } from "../daemon-link.ts";
import { renderFlowEnd, renderFlowTree } from "../flow/flow-text.ts";
import { toOnlyId } from "../flow/only-id.ts";
import { toJsonText, toPlainText } from "../plain-text.ts";

export const flowShow = defineCommand({
  name: "flow show",
  summary: "A flow: how its steps stand, what they cost, and its result.",
  examples: ["profclaw flow show 5388"],
  declare: (parser) => void parser.argument("<id>", "a flow's id or the start of one"),
  async run({ args, options }, context) {
    const client = await linkDaemon(context);
    try {
      const flow = await client.getFlow({ id: toOnlyId(args) });
      const { terminal } = context;
      if (options.json === true) {
        terminal.print(toJsonText(flow));
        return 0;
      }
      const look = { colors: terminal.dataColors, width: terminal.dataWidth() };
      terminal.print(
        [`${flow.name ?? "flow"} ${flow.id} ${flow.status}`, ...renderFlowTree(flow, look)].join("\n"),
      );
      if (flow.ended_at !== null) for (const line of renderFlowEnd(flow)) terminal.say(line);
      if (flow.result !== null) terminal.print(`\n${toPlainText(flow.result)}`);
      return 0;
    } finally {
      client.close();
    }
  },
});
