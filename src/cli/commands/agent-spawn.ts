import type { Client } from "../../client/create-client.ts";
import type { AcceptedBatchView, NewBatchInput } from "../../contract/session-operations.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { linkAndGreet } from "../daemon-link.ts";
import { toCountText } from "../outcome.ts";
import { toJsonText, toOneLine } from "../plain-text.ts";
import { askConsent } from "../spawn/ask-consent.ts";
import { renderNextSteps } from "../spawn/end-report.ts";
import { renderPlan } from "../spawn/plan-text.ts";
import { declareSpawnFlags, laterSpawnFlags, type SpawnFlags } from "../spawn/spawn-flags.ts";
import { toBatchBody } from "../spawn/to-batch-body.ts";
import { waitForResults } from "../spawn/wait-for-results.ts";

interface Spawn {
  client: Client;
  body: NewBatchInput;
  flags: SpawnFlags & { json?: boolean };
  context: CliContext;
}

export const agentSpawn = defineCommand<SpawnFlags>({
  name: "agent spawn",
  summary: "Start sessions that work in parallel, and wait for their results.",
  examples: [
    'profclaw agent spawn --task "Review src/auth" --task "Check test coverage"',
    'profclaw agent spawn --count 3 --task "Find a bug and prove it with a test"',
    'profclaw agent spawn --budget 2.00 --count 5 --task "Fix one failing test each"',
    'profclaw agent spawn -d --provider groq --tools read_file,grep --task "List the API routes"',
  ],
  declare: declareSpawnFlags,
  laterFlags: laterSpawnFlags,
  async run({ options: flags }, context) {
    const asked = toBatchBody(flags, context.cwd);
    const client = await linkAndGreet(context);
    try {
      const body = await withOwnSession(asked, client, context);
      return await spawnSessions({ client, body, flags, context });
    } finally {
      client.close();
    }
  },
});

/** Typed by a session's own command, what is spawned is that session's child, unless a parent is named. */
async function withOwnSession(
  body: Spawn["body"],
  client: Client,
  { env }: CliContext,
): Promise<Spawn["body"]> {
  const id = env["PROFCLAW_SESSION_ID"];
  if (id === undefined || body.parent !== undefined) return body;
  // The marker may be of another state folder's session; then nobody here is the parent.
  const session = await client.getSession({ id }).catch(() => undefined);
  return session === undefined || session.ended_at !== null ? body : { ...body, parent: id };
}

/** Plan, consent, start; then wait or leave them alone. */
async function spawnSessions(spawn: Spawn): Promise<number> {
  const { client, body, flags, context } = spawn;
  const plan = await sayPlan(spawn);
  if (flags.dryRun === true) return printPlan(plan, spawn);
  const hasBudget = flags.budget !== undefined || flags.budgetTokens !== undefined;
  await askConsent(plan, flags.yes === true || hasBudget, context);
  const accepted = await client.createSessions(body);
  if (flags.detach === true) return printIds(accepted, spawn);
  return waitForResults({ client, accepted, context, asJson: flags.json === true });
}

/** Everything is refused here that would be refused later; nothing is started yet. */
async function sayPlan({ client, body, context }: Spawn): Promise<AcceptedBatchView> {
  // A trial has no key: the key belongs to the spawn that follows.
  const { idempotency_key: _, ...trial } = body;
  const [plan, limits, pool] = await Promise.all([
    client.createSessions({ ...trial, dry_run: true }),
    client.getCostLimits({}),
    body.timeout === undefined ? client.getPool({}) : undefined,
  ]);
  for (const warning of plan.warnings) context.terminal.say(`warning: ${toOneLine(warning)}`);
  context.terminal.say(renderPlan(plan, body.timeout ?? pool?.timeout_ms ?? 0, limits));
  return plan;
}

function printPlan(plan: AcceptedBatchView, { flags, context }: Spawn): number {
  const { terminal } = context;
  if (flags.json === true) terminal.print(toJsonText(plan));
  else for (const { task } of plan.sessions) terminal.print(toOneLine(task));
  terminal.say("Nothing was started.");
  return 0;
}

function printIds(accepted: AcceptedBatchView, { flags, context }: Spawn): number {
  const { terminal } = context;
  if (flags.json === true) terminal.print(toJsonText(accepted));
  else for (const { id } of accepted.sessions) terminal.print(id);
  terminal.say(`${toCountText(accepted.sessions.length, "session")} started.`);
  for (const line of renderNextSteps(accepted.batch_id)) terminal.say(line);
  return 0;
}
