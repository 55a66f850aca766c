import type { CliCommand } from "../command.ts";

/** A client keeps one of these for as long as it runs: without flags it is spared what reads them, 10 MB. */
export const mcp: CliCommand = {
  shape: async () => (await import("../bridge/mcp-command.ts")).mcpCommand.shape(),
  async run(argv, context) {
    if (argv.length === 0) return (await import("../bridge/serve-stdio.ts")).serveStdio(context);
    return (await import("../bridge/mcp-command.ts")).mcpCommand.run(argv, context);
  },
};
