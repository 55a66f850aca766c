import { defineCommand } from "../command.ts";

export const demo = defineCommand<{ here?: boolean }>({
  name: "demo",
  summary: "See sessions work in parallel and outlive a kill, without any key.",
  examples: ["profclaw demo", "profclaw demo --here"],
  declare(parser) {
    parser.option("--here", "look at this folder, read only, instead of at a sample");
  },
  async run({ options }, context) {
    const { runDemo } = await import("../demo/demo.ts");
    return runDemo({ here: options.here === true, json: options.json === true, context });
  },
});
