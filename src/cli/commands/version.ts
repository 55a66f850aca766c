import type { CliCommand } from "../command.ts";
import { toJsonText } from "../plain-text.ts";

/** Without the parser of flags: it is asked for by scripts, in a hurry. */
export const versionCommand: CliCommand = {
  async run(argv, { terminal, version }) {
    terminal.print(argv.includes("--json") ? toJsonText({ version }) : version);
    return 0;
  },
};
