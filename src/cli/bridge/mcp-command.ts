import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { linkAndGreet } from "../daemon-link.ts";
import { toJsonText } from "../plain-text.ts";
import { viewerWishes } from "../viewer/find-viewer.ts";
import { toolsets } from "../../mcp/toolsets.ts";
import type { BridgeFlags } from "./bridge-flags.ts";
import { serveStdio } from "./serve-stdio.ts";

interface McpFlags extends BridgeFlags {
  http?: boolean;
}

/** The command with its flags and its help. */
export const mcpCommand = defineCommand<McpFlags>({
  name: "mcp",
  summary: "Serve the tools to an MCP client over stdin and stdout; the client starts this itself.",
  examples: ["profclaw mcp", "profclaw mcp --toolset default,aliases", "profclaw mcp --http"],
  declare(parser) {
    parser.option("--toolset <a,b>", `which tools: ${Object.keys(toolsets).join(", ")} (default: default)`);
    parser.option("--peer <name>", "the name under which its mail is kept (default: of client and folder)");
    parser.option("--visible <where>", `windows of spawns: ${viewerWishes.join(", ")}; default auto`);
    parser.option("--http", "print the address for clients that speak HTTP, and end");
  },
  async run({ options }, context) {
    return options.http === true
      ? printAddress(options.json === true, context)
      : serveStdio(context, options);
  },
});

async function printAddress(asJson: boolean, context: CliContext): Promise<number> {
  const client = await linkAndGreet(context);
  try {
    const { urls } = await client.getDaemon({});
    const addresses = urls.map((url) => `${url}/mcp`);
    const { terminal } = context;
    terminal.print(asJson ? toJsonText({ urls: addresses }) : addresses.join("\n"));
    terminal.say("From another machine or user it needs the token: profclaw token show");
    return 0;
  } finally {
    client.close();
  }
}
