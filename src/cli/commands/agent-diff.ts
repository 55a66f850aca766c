import type { SessionDiffView } from "../../contract/worktree-operations.ts";
import { toShortId } from "../../core/id.ts";
import { defineCommand } from "../command.ts";
import { linkDaemon } from "../daemon-link.ts";
import { toJsonText, toVisibleText } from "../plain-text.ts";
import { toChangesText, toFileLine } from "../changes-text.ts";
import type { Colors, Terminal } from "../terminal.ts";
import { toShellWord } from "../../core/shell-word.ts";

interface DiffFlags {
  stat?: boolean;
}

export const agentDiff = defineCommand<DiffFlags>({
  name: "agent diff",
  summary: "What a session changed in its worktree, committed or not.",
  examples: ["profclaw agent diff 1a2b3c4d", "profclaw agent diff 1a2b3c4d --stat"],
  declare(parser) {
    parser.argument("<id>", "a session's id or a start of it");
    parser.option("--stat", "the files only");
  },
  async run({ args, options }, context) {
    const client = await linkDaemon(context);
    try {
      const diff = await client.getSessionDiff({ id: args[0] ?? "" });
      const { terminal } = context;
      if (options.json === true) terminal.print(toJsonText(diff));
      else if (options.stat === true) for (const file of diff.files) terminal.print(toFileLine(file));
      else if (diff.patch !== "") terminal.print(toPatchText(diff.patch, terminal));
      for (const line of toTalk(diff)) terminal.say(line);
      return 0;
    } finally {
      client.close();
    }
  },
});

function toTalk({ id, files, folder, base, truncated }: SessionDiffView): string[] {
  const cut = truncated
    ? [`The patch is cut after 4 MB. All of it: git -C ${toShellWord(folder)} diff ${base}`]
    : [];
  const next = files.length === 0 ? "" : ` Bring it over: profclaw agent apply ${toShortId(id)}`;
  return [...cut, `${toChangesText(files)} in ${folder}.${next}`];
}

/** What a file holds is data: no escape sequence of it reaches a terminal; for `git apply` it stays as it is. */
function toPatchText(patch: string, { showsData, dataColors }: Terminal): string {
  const whole = patch.replace(/\n$/, "");
  if (!showsData) return whole;
  return whole
    .split("\n")
    .map((line) => paintLine(toVisibleText(line), dataColors))
    .join("\n");
}

function paintLine(line: string, colors: Colors): string {
  if (/^(diff |index |--- |\+\+\+ |(new|deleted) file|old mode|new mode)/.test(line))
    return colors.bold(line);
  if (line.startsWith("@@")) return colors.cyan(line);
  if (line.startsWith("+")) return colors.green(line);
  return line.startsWith("-") ? colors.red(line) : line;
}
