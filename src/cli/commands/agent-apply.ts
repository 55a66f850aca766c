import { defineCommand } from "../command.ts";
import { linkDaemon } from "../daemon-link.ts";
import { toJsonText } from "../plain-text.ts";
import { toChangesText, toFileLine } from "../changes-text.ts";
import { toShellWord } from "../../core/shell-word.ts";

export const agentApply = defineCommand({
  name: "agent apply",
  summary: "Bring an ended session's changes into the folder it was spawned in, uncommitted; all or nothing.",
  examples: ["profclaw agent apply 1a2b3c4d"],
  declare(parser) {
    parser.argument("<id>", "a session's id or a start of it");
  },
  async run({ args, options }, context) {
    const client = await linkDaemon(context);
    try {
      const applied = await client.applySession({ id: args[0] ?? "" });
      const { terminal } = context;
      if (options.json === true) terminal.print(toJsonText(applied));
      else for (const file of applied.files) terminal.print(toFileLine(file));
      const { origin, files } = applied;
      terminal.say(
        files.length === 0
          ? `All of it is in ${origin} already.`
          : `${toChangesText(files)} in ${origin}. See them: git -C ${toShellWord(origin)} status`,
      );
      return 0;
    } finally {
      client.close();
    }
  },
});
