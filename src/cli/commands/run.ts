import type { Command } from "commander";
import { ProfclawError } from "../../core/errors.ts";
import type { FlowFile } from "../../contract/flow-shapes.ts";
import type { CliContext } from "../context.ts";
import { viewerWishes } from "../viewer/find-viewer.ts";
import { parseChoice, parseNameList } from "../flag-values.ts";
import { collect, defineCommand } from "../command.ts";
import type { FlowFlags } from "../flow/start-flow.ts";
import { toVars } from "../flow/flow-vars.ts";
import { spawnSessions } from "../spawn/spawn-sessions.ts";
import { toTeamBody } from "../spawn/to-batch-body.ts";

interface RunFlags extends Omit<FlowFlags, "visible"> {
  visible?: string;
  var?: string[];
  provider?: string;
  model?: string;
  tools?: string;
}

export const run = defineCommand<RunFlags>({
  name: "run",
  summary: "Run a flow or the sessions of a team from a file, and wait for the result.",
  examples: [
    "profclaw run team.yaml",
    "profclaw run pipeline.yaml --var goal='Add a health check'",
    "profclaw run flow.yaml --budget 2.00 -d",
    'profclaw run fanout "Review every module for security issues"',
  ],
  declare: declareRunFlags,
  async run({ args, options }, context) {
    const flags = withVisible(options);
    if (args[0] === "fanout" && args.length > 1) return fanOut(args.slice(1), flags, context);
    const { isFlow, parseTeam, readPlanText } = await import("../flow/read-plan-file.ts");
    const plan = readPlanText(toOnlyFile(args), context.cwd);
    const { withPlaces } = await import("../flow/with-places.ts");
    const vars = toVars(flags.var ?? []);
    if (isFlow(plan)) {
      const { parseFlow } = await import("../../patterns/parse-flow.ts");
      const { startFlow, toFlowBody } = await import("../flow/start-flow.ts");
      const file = parseFlow(plan, vars);
      const flow = { ...file, defaults: { ...toDefaults(flags), ...file.defaults } };
      const body = toFlowBody({ flow, vars }, flags, context.cwd);
      return withPlaces(plan, () => startFlow(body, flags, context));
    }
    if (flags.var !== undefined) {
      throw new ProfclawError("invalid-request", "A team has no variables.", { hint: "Leave --var out." });
    }
    const body = toTeamBody(parseTeam(plan), flags, context.cwd);
    return withPlaces(plan, () => spawnSessions(body, flags, context));
  },
});

type ReadFlags = Omit<RunFlags, "visible"> & Pick<FlowFlags, "visible">;

function withVisible({ visible, ...flags }: RunFlags): ReadFlags {
  return visible === undefined
    ? flags
    : { ...flags, visible: parseChoice("--visible", visible, viewerWishes) };
}

function declareRunFlags(parser: Command): void {
  parser
    .argument("[file]", "a YAML or JSON file; - reads stdin; or fanout, and the task behind it")
    .argument("[task]", "of a fanout: what to divide, work on in parallel and join")
    .option("--var <name=value>", "a variable of the flow; may be repeated; @file reads its value", collect)
    .option("--provider <name>", "whose model, for sessions of the file that name none")
    .option("--model <name>", "which model, for those")
    .option("--tools <a,b>", "exactly these tools, for sessions that name none")
    .option("--cwd <folder>", "where its sessions work; default here")
    .option("--timeout <time>", "how long each session may run: 90s, 5m, 1h")
    .option("--budget <usd>", "what all of them together may spend: 2.00")
    .option("--budget-tokens <n>", "the same in tokens, input and output together")
    .option("--label <k=v>", "a label to find them by; may be repeated", collect)
    .option("--idempotency-key <key>", "the same key starts it once, however often it is typed")
    .option("--visible <where>", "a window that looks on: auto, tmux, terminal or none; default none")
    .option("-d, --detach", "print the ids and return at once")
    .option("--dry-run", "say what would run; start nothing")
    .option("-y, --yes", "do not ask, however many sessions there are");
}

async function fanOut(words: readonly string[], flags: ReadFlags, context: CliContext): Promise<number> {
  const [task = "", ...more] = words;
  if (more.length > 0 || task.trim() === "") {
    throw new ProfclawError("invalid-request", "A fanout has one task.", {
      hint: 'Put it in quotes: profclaw run fanout "Review every module"',
    });
  }
  const { runFanOut } = await import("../flow/run-fan-out.ts");
  return runFanOut({ task, defaults: toDefaults(flags), flags, context });
}

/** What counts for every session that says nothing else. */
function toDefaults({ provider, model, tools }: RunFlags): NonNullable<FlowFile["defaults"]> {
  return {
    ...(provider === undefined ? {} : { provider }),
    ...(model === undefined ? {} : { model }),
    ...(tools === undefined ? {} : { tools: parseNameList(tools) }),
  };
}

function toOnlyFile(args: readonly string[]): string {
  const [file, ...more] = args;
  if (file !== undefined && more.length === 0) return file;
  const detail =
    file === undefined ? "There is no file to run." : `One file at a time: ${args.length} were named.`;
  throw new ProfclawError("invalid-request", detail, { hint: "For example: profclaw run team.yaml" });
}
