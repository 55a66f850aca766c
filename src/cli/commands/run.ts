import type { Command } from "commander";
import { ProfclawError } from "../../core/errors.ts";
import { collect, defineCommand } from "../command.ts";
import type { FlowFlags } from "../flow/start-flow.ts";
import { toVars } from "../flow/flow-vars.ts";
import { spawnSessions } from "../spawn/spawn-sessions.ts";
import { toTeamBody } from "../spawn/to-batch-body.ts";

interface RunFlags extends FlowFlags {
  var?: string[];
}

export const run = defineCommand<RunFlags>({
  name: "run",
  summary: "Run a flow or the sessions of a team from a file, and wait for the result.",
  examples: [
    "profclaw run team.yaml",
    "profclaw run pipeline.yaml --var goal='Add a health check'",
    "profclaw run flow.yaml --budget 2.00 -d",
  ],
  declare: declareRunFlags,
  async run({ args, options: flags }, context) {
    const { isFlow, parseTeam, readPlanText } = await import("../flow/read-plan-file.ts");
    const plan = readPlanText(toOnlyFile(args), context.cwd);
    const vars = toVars(flags.var ?? []);
    if (isFlow(plan)) {
      const { parseFlow } = await import("../flow/parse-flow.ts");
      const { startFlow, toFlowBody } = await import("../flow/start-flow.ts");
      return startFlow(toFlowBody({ flow: parseFlow(plan, vars), vars }, flags, context.cwd), flags, context);
    }
    if (flags.var !== undefined) {
      throw new ProfclawError("invalid-request", "A team has no variables.", { hint: "Leave --var out." });
    }
    return spawnSessions(toTeamBody(parseTeam(plan), flags, context.cwd), flags, context);
  },
});

function declareRunFlags(parser: Command): void {
  parser
    .argument("[file]", "a YAML or JSON file; - reads stdin")
    .option("--var <name=value>", "a variable of the flow; may be repeated; @file reads its value", collect)
    .option("--cwd <folder>", "where its sessions work; default here")
    .option("--timeout <time>", "how long each session may run: 90s, 5m, 1h")
    .option("--budget <usd>", "what all of them together may spend: 2.00")
    .option("--budget-tokens <n>", "the same in tokens, input and output together")
    .option("--label <k=v>", "a label to find them by; may be repeated", collect)
    .option("--idempotency-key <key>", "the same key starts it once, however often it is typed")
    .option("-d, --detach", "print the ids and return at once")
    .option("--dry-run", "say what would run; start nothing")
    .option("-y, --yes", "do not ask, however many sessions there are");
}

function toOnlyFile(args: readonly string[]): string {
  const [file, ...more] = args;
  if (file !== undefined && more.length === 0) return file;
  const detail =
    file === undefined ? "There is no file to run." : `One file at a time: ${args.length} were named.`;
  throw new ProfclawError("invalid-request", detail, { hint: "For example: profclaw run team.yaml" });
}
