import type { CliCommand } from "../command.ts";
import { toJsonText } from "../plain-text.ts";

const examples = ["profclaw version", "profclaw version --json"];

/** Without the parser of flags where it can be: it is asked for by scripts, in a hurry. */
export const versionCommand: CliCommand = {
  shape: () => ({
    examples,
    flags: [
      { long: "--json", short: undefined, takesValue: false, description: "as JSON" },
      { long: "--help", short: "-h", takesValue: false, description: "show this" },
    ],
    places: [],
  }),
  async run(argv, context) {
    const { terminal, version } = context;
    if (argv.every((word) => word === "--json")) {
      terminal.print(argv.length > 0 ? toJsonText({ version }) : version);
      return 0;
    }
    const { defineCommand } = await import("../command.ts");
    const whole = defineCommand({
      name: "version",
      summary: "Print the version.",
      examples,
      run: () =>
        versionCommand.run(
          argv.filter((word) => word === "--json"),
          context,
        ),
    });
    return whole.run(argv, context);
  },
};
