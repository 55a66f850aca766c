import type { CliCommand } from "../command.ts";
import { toJsonText } from "../plain-text.ts";

/** Without the parser of flags: it is asked for by scripts, in a hurry. */
export const versionCommand: CliCommand = {
  shape: () => ({
    examples: ["profclaw version"],
    flags: [{ long: "--json", short: undefined, takesValue: false, description: "the same as JSON" }],
    places: [],
  }),
  async run(argv, { terminal, version }) {
    terminal.print(argv.includes("--json") ? toJsonText({ version }) : version);
    return 0;
  },
};
