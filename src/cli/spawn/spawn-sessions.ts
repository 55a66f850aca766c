import type { Client } from "../../client/create-client.ts";
import type { AcceptedBatchView, NewBatchInput } from "../../contract/session-operations.ts";
import type { CliContext } from "../context.ts";
import { isUnreachable, linkAndAsk } from "../daemon-link.ts";
import { toCountText } from "../outcome.ts";
import { toJsonText, toOneLine } from "../plain-text.ts";
import { askConsent } from "./ask-consent.ts";
import { renderNextSteps } from "./end-report.ts";
import { renderPlan } from "./plan-text.ts";
import type { ViewerWish } from "../viewer/find-viewer.ts";
import { waitForResults } from "./wait-for-results.ts";

/** How a spawn is to go, beside its body. */
export interface SpawnManner {
  detach?: boolean;
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
  /** Windows that look on; left out: none. */
  visible?: ViewerWish;
}

interface Spawn {
  client: Client;
  body: NewBatchInput;
  /** What it would start. */
  plan: AcceptedBatchView;
  manner: SpawnManner;
  context: CliContext;
}

/** Plan, consent, start; then wait or leave them alone. Resolves to the exit code. */
export async function spawnSessions(
  asked: NewBatchInput,
  manner: SpawnManner,
  context: CliContext,
): Promise<number> {
  const { client, answer } = await linkAndAsk(context, async (link) => {
    const body = await withOwnSession(asked, link, context);
    return { body, plan: await tryOut(link, body) };
  });
  try {
    return await spawnAndWait({ client, ...answer, manner, context });
  } finally {
    client.close();
  }
}

/** Typed by a session's own command, what is spawned is that session's child, unless a parent is named. */
async function withOwnSession(
  body: Spawn["body"],
  client: Client,
  { env }: CliContext,
): Promise<Spawn["body"]> {
  const id = env["PROFCLAW_SESSION_ID"];
  if (id === undefined || body.parent !== undefined) return body;
  // The marker may be of another state folder's session; then nobody here is the parent.
  const session = await client.getSession({ id }).catch((error: unknown) => {
    if (isUnreachable(error)) throw error;
    return undefined;
  });
  return session === undefined || session.ended_at !== null ? body : { ...body, parent: id };
}

async function spawnAndWait(spawn: Spawn): Promise<number> {
  const { client, body, plan, manner, context } = spawn;
  for (const warning of plan.warnings) context.terminal.say(`warning: ${toOneLine(warning)}`);
  context.terminal.say(renderPlan(plan));
  if (manner.dryRun === true) return printPlan(plan, spawn);
  const hasBudget = body.budget_usd !== undefined || body.budget_tokens !== undefined;
  await askConsent(plan, manner.yes === true || hasBudget, context);
  const accepted = await client.createSessions(body);
  const ids = accepted.sessions.map(({ id }) => id);
  await showWindows(ids, manner, context);
  if (manner.detach === true) return printIds(accepted, spawn);
  return waitForResults({ client, accepted, context, asJson: manner.json === true });
}

/** Windows that look on at sessions or at a flow, where they are wanted; and a line that says so. */
export async function showWindows(
  ids: readonly string[],
  { visible: wish = "none" }: SpawnManner,
  { env, paths, terminal }: CliContext,
): Promise<void> {
  if (wish === "none") return;
  const { openViewers } = await import("../viewer/open-viewers.ts");
  terminal.say(await openViewers({ wish, ids, env, home: paths.home }));
}

/** Everything is refused here that would be refused later; nothing is started yet. */
async function tryOut(client: Client, body: NewBatchInput): Promise<AcceptedBatchView> {
  // A trial has no key: the key belongs to the spawn that follows.
  const { idempotency_key: _, ...trial } = body;
  return client.createSessions({ ...trial, dry_run: true });
}

function printPlan(plan: AcceptedBatchView, { manner, context }: Spawn): number {
  const { terminal } = context;
  if (manner.json === true) terminal.print(toJsonText(plan));
  else for (const { task } of plan.sessions) terminal.print(toOneLine(task));
  terminal.say("Nothing was started.");
  return 0;
}

function printIds(accepted: AcceptedBatchView, { manner, context }: Spawn): number {
  const { terminal } = context;
  if (manner.json === true) terminal.print(toJsonText(accepted));
  else for (const { id } of accepted.sessions) terminal.print(id);
  terminal.say(`${toCountText(accepted.sessions.length, "session")} started.`);
  for (const line of renderNextSteps(accepted.batch_id)) terminal.say(line);
  return 0;
}
