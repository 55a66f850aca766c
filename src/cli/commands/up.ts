import type { DaemonView } from "../../contract/daemon-operations.ts";
import { defineCommand } from "../command.ts";
import { bringUp } from "../daemon-link.ts";
import { toJsonText } from "../plain-text.ts";
import { renderDaemon } from "./status.ts";

export const up = defineCommand({
  name: "up",
  summary: "Start the daemon in the background, unless it runs already.",
  examples: ["profclaw up"],
  async run({ options }, context) {
    const client = await bringUp(context);
    try {
      const daemon = await client.getDaemon({});
      const { terminal } = context;
      if (options.json === true) {
        terminal.print(toJsonText(daemon));
        return 0;
      }
      terminal.print(renderDaemon(daemon, context.clock.now()).join("\n"));
      for (const line of renderCurl(daemon)) terminal.say(line);
      return 0;
    } finally {
      client.close();
    }
  },
});

/** A request that works as it stands. */
export function renderCurl({ urls }: Pick<DaemonView, "urls">): string[] {
  const [url] = urls;
  if (url === undefined) return [];
  return [
    "",
    "Spawn from anywhere on this machine:",
    `  curl -X POST ${url}/api/agents/sessions -H "Content-Type: application/json" \\`,
    `    -d '{"sessions":[{"task":"Say hello"}]}'`,
  ];
}
