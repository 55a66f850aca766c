import type { LimitsView } from "../../contract/shapes.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { linkDaemon } from "../daemon-link.ts";
import { renderLimits } from "../limits-text.ts";
import { toJsonText } from "../plain-text.ts";

export const costLimits = defineCommand({
  name: "cost limits",
  summary: "What all sessions together may spend today and this month, and what is spent of it.",
  examples: ["profclaw cost limits", "profclaw cost limits set --day 20.00 --month 200.00"],
  async run({ options }, context) {
    const client = await linkDaemon(context);
    try {
      printLimits(await client.getCostLimits({}), options.json === true, context);
      return 0;
    } finally {
      client.close();
    }
  },
});

export function printLimits(limits: LimitsView, asJson: boolean, { terminal }: CliContext): void {
  terminal.print(asJson ? toJsonText(limits) : renderLimits(limits).join("\n"));
}
