import type { NewBatchInput } from "../../contract/session-operations.ts";
import { ProfclawError } from "../../core/errors.ts";
import { viewerWishes } from "../viewer/find-viewer.ts";
import { defineCommand } from "../command.ts";
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
    "profclaw agent spawn -f team.yaml",
    'profclaw agent spawn --count 3 --task "Find a bug" --synthesize "One list, the worst first"',
  ],
  declare: declareSpawnFlags,
  async run({ options: flags }, context) {
    const body = await toBody(flags, context.cwd);
    const { visible: where, ...others } = flags;
    const visible = where === undefined ? "none" : parseChoice("--visible", where, viewerWishes);
    if (flags.synthesize === undefined) return spawnSessions(body, { ...others, visible }, context);
    if (visible !== "none") refuseBoth();
    const { spawnAndJoin } = await import("../flow/spawn-and-join.ts");
    return spawnAndJoin({ body, ask: flags.synthesize, manner: others }, context);
  },
});

/** The sessions of a flow are known only as it goes. */
function refuseBoth(): never {
  throw new ProfclawError("invalid-request", "--visible does not go with --synthesize.", {
    hint: "Leave one out, or look on at them all: profclaw",
  });
}

async function toBody(flags: SpawnFlags, cwd: string): Promise<NewBatchInput> {
  if (flags.file === undefined) return toBatchBody(flags, cwd);
  // With the file only: it brings the YAML reader and the shapes of requests.
  const { parseTeam, readPlanText } = await import("../flow/read-plan-file.ts");
  return toTeamBody(parseTeam(readPlanText(flags.file, cwd)), flags, cwd);
}
