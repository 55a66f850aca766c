import type { NewBatchInput } from "../../contract/session-operations.ts";
import { viewerWishes } from "../viewer/find-viewer.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { parseChoice } from "../flag-values.ts";
import { declareSpawnFlags, type SpawnFlags } from "../spawn/spawn-flags.ts";
import { spawnSessions } from "../spawn/spawn-sessions.ts";
import { toBatchBody, toTeamBody } from "../spawn/to-batch-body.ts";

export const agentSpawn = defineCommand<SpawnFlags>({
  name: "agent spawn",
  summary: "Start sessions that work in parallel, and wait for their results.",
  examples: [
    'profclaw agent spawn --task "Review src/auth" --task "Check test coverage"',
    'profclaw agent spawn --count 3 --task "Find a bug and prove it with a test"',
    'profclaw agent spawn --budget 2.00 --count 5 --task "Fix one failing test each"',
    'profclaw agent spawn -d --provider groq --tools read_file,grep --task "List the API routes"',
    'profclaw agent spawn --agent claude --worktree --task "Fix the login" --task "Fix the tests"',
    "profclaw agent spawn -f team.yaml",
    'profclaw agent spawn --count 3 --task "Find a bug" --synthesize "One list, the worst first"',
  ],
  declare: declareSpawnFlags,
  async run({ options: flags }, context) {
    if (flags.file === undefined) return spawn(toBatchBody(flags, context.cwd), flags, context);
    // With the file only: they bring the YAML reader and the shapes of requests.
    const { parseTeam, readPlanText } = await import("../flow/read-plan-file.ts");
    const { withPlaces } = await import("../flow/with-places.ts");
    const plan = readPlanText(flags.file, context.cwd);
    const body = toTeamBody(parseTeam(plan), flags, context.cwd);
    return withPlaces(plan, () => spawn(body, flags, context));
  },
});

async function spawn(body: NewBatchInput, flags: SpawnFlags, context: CliContext): Promise<number> {
  const { visible: where, ...others } = flags;
  const visible = where === undefined ? "none" : parseChoice("--visible", where, viewerWishes);
  if (flags.synthesize === undefined) return spawnSessions(body, { ...others, visible }, context);
  const { spawnAndJoin } = await import("../flow/spawn-and-join.ts");
  return spawnAndJoin({ body, ask: flags.synthesize, manner: { ...others, visible } }, context);
}
