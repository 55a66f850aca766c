import { defineCommand } from "../command.ts";
import { clientNames } from "../wiring/known-clients.ts";
import { type WiringFlags, wireClient } from "../wiring/wire-client.ts";

export const mcpUninstall = defineCommand<WiringFlags>({
  name: "mcp uninstall",
  summary: "Take profclaw out of a client's settings file again; all else in it stays.",
  examples: ["profclaw mcp uninstall claude", "profclaw mcp uninstall codex --dry-run"],
  declare(parser) {
    parser
      .argument("<client>", clientNames.join(", "))
      .option("--yes", "without asking")
      .option("--dry-run", "show what would change, and change nothing");
  },
  run: ({ args, options }, context) => wireClient([args[0] ?? "", "uninstall"], options, context),
});
