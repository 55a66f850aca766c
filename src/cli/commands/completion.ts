import { Option } from "commander";
import type { CommandEntry } from "../command-entry.ts";
import { type CliCommand, defineCommand } from "../command.ts";
import { completeWords } from "../completion/complete-words.ts";
import { renderCompletion, shells } from "../completion/shells.ts";
import { splitLine } from "../completion/split-line.ts";
import { parseChoice } from "../flag-values.ts";
import { toJsonText } from "../plain-text.ts";

interface CompletionFlags {
  line?: string;
  words?: boolean;
}

const names = ["bash", "zsh", "fish"] as const;

/** The command, over the table that it is itself a row of. */
export function createCompletion(table: readonly CommandEntry[]): CliCommand {
  return defineCommand<CompletionFlags>({
    name: "completion",
    summary:
      "Print a shell's completion script: commands, flags, values, ids of sessions. Its first lines say how to install it.",
    examples: [
      "profclaw completion bash > ~/.local/share/bash-completion/completions/profclaw",
      "profclaw completion zsh > ~/.zfunc/_profclaw",
      "profclaw completion fish > ~/.config/fish/completions/profclaw.fish",
    ],
    declare(parser) {
      parser
        .argument("<shell>", names.join(", "))
        .argument("[typed...]", "what the script asks with")
        .addOption(new Option("--line <text>").hideHelp())
        .addOption(new Option("--words").hideHelp());
    },
    async run({ args, options }, context) {
      const [name = "", ...rest] = args;
      const shell = shells[parseChoice("profclaw completion", name, names)];
      const { terminal } = context;
      const typed = options.line === undefined ? rest : splitLine(options.line).slice(1);
      if (options.line === undefined && options.words !== true) {
        terminal.print(
          options.json === true ? toJsonText({ shell: name, script: shell.script }) : shell.script,
        );
        return 0;
      }
      const found = await completeWords(typed, { table, context });
      terminal.print(renderCompletion(found, shell, typed.at(-1) ?? ""));
      return 0;
    },
  });
}
