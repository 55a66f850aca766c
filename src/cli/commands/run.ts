import type { Command } from "commander";
import { ProfclawError } from "../../core/errors.ts";
import { collect, defineCommand } from "../command.ts";
import type { SpawnFlags } from "../spawn/spawn-flags.ts";
import { spawnSessions } from "../spawn/spawn-sessions.ts";
import { toTeamBody } from "../spawn/to-batch-body.ts";

type RunFlags = Pick<SpawnFlags, "cwd" | "timeout" | "budget" | "budgetTokens" | "label"> &
  Pick<SpawnFlags, "idempotencyKey" | "detach" | "dryRun" | "yes">;

export const run = defineCommand<RunFlags>({
  name: "run",
  summary: "Run the sessions of a file, and wait for their results.",
  examples: ["profclaw run team.yaml", "profclaw run team.yaml --budget 2.00 -d"],
  declare: declareRunFlags,
  async run({ args, options: flags }, context) {
    const { parseTeam, readPlanText } = await import("../flow/read-plan-file.ts");
    const team = parseTeam(readPlanText(toOnlyFile(args), context.cwd));
    return spawnSessions(toTeamBody(team, flags, context.cwd), flags, context);
  },
});

function declareRunFlags(parser: Command): void {
  parser
    .argument("[file]", "a YAML or JSON file; - reads stdin")
    .option("--cwd <folder>", "where its sessions work; default here")
    .option("--timeout <time>", "how long each session may run: 90s, 5m, 1h")
    .option("--budget <usd>", "what all of them together may spend: 2.00")
    .option("--budget-tokens <n>", "the same in tokens, input and output together")
    .option("--label <k=v>", "a label to find them by; may be repeated", collect)
    .option("--idempotency-key <key>", "the same key starts them once, however often it is typed")
    .option("-d, --detach", "print their ids and return at once")
    .option("--dry-run", "say what would run; start nothing")
    .option("-y, --yes", "do not ask, however many they are");
}

function toOnlyFile(args: readonly string[]): string {
  const [file, ...more] = args;
  if (file !== undefined && more.length === 0) return file;
  const detail =
    file === undefined ? "There is no file to run." : `One file at a time: ${args.length} were named.`;
  throw new ProfclawError("invalid-request", detail, { hint: "For example: profclaw run team.yaml" });
}
