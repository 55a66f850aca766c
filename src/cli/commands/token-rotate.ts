import { ProfclawError } from "../../core/errors.ts";
import { askYes } from "../ask-yes.ts";
import { defineCommand } from "../command.ts";
import { linkDaemon } from "../daemon-link.ts";
import { toJsonText } from "../plain-text.ts";
import type { Terminal } from "../terminal.ts";

export const tokenRotate = defineCommand<{ yes?: boolean }>({
  name: "token rotate",
  summary: "Replace the admin token, and print the new one. The daemon and its sessions go on.",
  examples: ["profclaw token rotate", "profclaw token rotate --yes"],
  declare(parser) {
    parser.option("--yes", "without asking");
  },
  async run({ options }, context) {
    const { terminal } = context;
    if (options.yes !== true) await requireYes(terminal);
    const client = await linkDaemon(context);
    try {
      const made = await client.rotateToken({});
      terminal.print(options.json === true ? toJsonText(made) : made.token);
      terminal.say(`The old token is refused from now on. The new one is in ${made.path}.`);
      return 0;
    } finally {
      client.close();
    }
  },
});

async function requireYes(terminal: Terminal): Promise<void> {
  if (!terminal.canAsk) {
    throw new ProfclawError("needs-input", "What has the old token will be refused from then on.", {
      hint: "Say yes with the command: profclaw token rotate --yes",
    });
  }
  if (await askYes("What has the old token will be refused from then on. Replace it? [y/N] ")) return;
  throw new ProfclawError("policy-denied", "The token stays as it is.", { hint: "Say y, or --yes." });
}
