import { defineCommand } from "../command.ts";

export const demo = defineCommand({
  name: "demo",
  summary: "See sessions work in parallel, without any key.",
  examples: ["profclaw demo"],
  async run({ options }, context) {
    const { runDemo } = await import("../demo/demo.ts");
    return runDemo({ json: options.json === true, context });
  },
});
