import { defineCommand } from "../command.ts";
import { clientNames } from "../wiring/known-clients.ts";
import { type WiringFlags, wireClient } from "../wiring/wire-client.ts";

export const mcpInstall = defineCommand<WiringFlags>({
  name: "mcp install",
  summary: "Make profclaw's tools known to a client: its own settings file, shown before it is changed.",
  examples: ["profclaw mcp install claude", "profclaw mcp install codex --dry-run"],
  declare(parser) {
    parser
      .argument("<client>", clientNames.join(", "))
      .option("--yes", "without asking")
      .option("--dry-run", "show what would change, and change nothing");
  },
  run: ({ args, options }, context) => wireClient([args[0] ?? "", "install"], options, context),
});
