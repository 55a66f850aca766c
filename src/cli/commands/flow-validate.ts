import { defineCommand } from "../command.ts";
import { toVars } from "../flow/flow-vars.ts";
import { collect } from "../command.ts";
import { toCountText } from "../outcome.ts";
import { toJsonText } from "../plain-text.ts";

export const flowValidate = defineCommand<{ var?: string[]; schema?: boolean }>({
  name: "flow validate",
  summary: "Check a flow or team file, with line and column of what is wrong. No daemon is needed.",
  examples: ["profclaw flow validate flow.yaml", "profclaw flow validate --schema > flow.schema.json"],
  declare: (parser) =>
    void parser
      .argument("[file]", "a YAML or JSON file; - reads stdin")
      .option("--var <name=value>", "a variable of the flow; may be repeated", collect)
      .option("--schema", "print the JSON Schema of a flow file, for editors"),
  async run({ args, options }, { terminal, cwd }) {
    if (options.schema === true) {
      const { toFlowJsonSchema } = await import("../flow/flow-json-schema.ts");
      terminal.print(toJsonText(toFlowJsonSchema()));
      return 0;
    }
    const { isFlow, parseTeam, readPlanText } = await import("../flow/read-plan-file.ts");
    const plan = readPlanText(args[0] ?? "-", cwd);
    const vars = toVars(options.var ?? []);
    const { parseFlow } = await import("../../patterns/parse-flow.ts");
    const found = isFlow(plan)
      ? { kind: "flow", steps: parseFlow(plan, vars).steps.length }
      : { kind: "team", sessions: parseTeam(plan).sessions.length };
    const count =
      "steps" in found ? toCountText(found.steps, "step") : toCountText(found.sessions ?? 0, "session");
    terminal.print(
      options.json === true ? toJsonText(found) : `${plan.name}: a ${found.kind} of ${count}, nothing wrong`,
    );
    return 0;
  },
});
