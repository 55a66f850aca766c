import { readBridgeFlags } from "../bridge/bridge-flags.ts";
import type { CliCommand } from "../command.ts";

/** A client keeps one of these for as long as it runs: it is spared what reads flags in general, 10 MB. */
export const mcp: CliCommand = {
  shape: async () => (await import("../bridge/mcp-command.ts")).mcpCommand.shape(),
  async run(argv, context) {
    const flags = readBridgeFlags(argv);
    if (flags !== null) return (await import("../bridge/serve-stdio.ts")).serveStdio(context, flags);
    return (await import("../bridge/mcp-command.ts")).mcpCommand.run(argv, context);
  },
};
