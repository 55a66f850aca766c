import { defineCommand } from "../command.ts";
import { stopAndWait } from "../daemon-link.ts";
import { isAnswering } from "../daemon-door.ts";
import { toJsonText } from "../plain-text.ts";

export const down = defineCommand({
  name: "down",
  summary: "Stop the daemon. Sessions are kept, and go on when it starts again.",
  examples: ["profclaw down"],
  async run({ options }, context) {
    const { terminal, paths } = context;
    const isRunning = await isAnswering(paths);
    if (isRunning) await stopAndWait(context);
    if (options.json === true) terminal.print(toJsonText({ stopped: isRunning }));
    else terminal.say(isRunning ? "The daemon has stopped. Sessions are kept." : "No daemon runs.");
    return 0;
  },
});
