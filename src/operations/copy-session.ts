import type { CallContext } from "../contract/implement.ts";
import type { ForkInput, RetryInput } from "../contract/living-operations.ts";
import type { AcceptedBatchView } from "../contract/session-operations.ts";
import { isLimited, noBudget, toCovers } from "../core/budget.ts";
import { ProfclawError } from "../core/errors.ts";
import { toShortId } from "../core/id.ts";
import type { SessionOrigin, SessionRecord, SessionSpec } from "../core/session.ts";
import { type ForkOpening, toForkOpening } from "../engine/fork-opening.ts";
import { toFreshRecord, toSpec } from "../engine/fresh-record.ts";
import { readWholeJournal } from "../engine/read-journal.ts";
import { chooseForCopy, requireAfterwards, requireWholeFork } from "../engine/resolve-agent.ts";
import { resolveBudget } from "../engine/resolve-budget.ts";
import { refuseBeyondTree } from "../engine/resolve-children.ts";
import { toFolderOfCopy } from "../engine/copy-folder.ts";
import type { NewBatch } from "../store/store.ts";
import type { SpawnContext } from "./create-sessions.ts";
import { toAcceptedView } from "./accepted-view.ts";
import { toBudget } from "../engine/to-session-request.ts";
import { findSpawningPeer } from "./find-actor.ts";
import { findSession } from "./find-session.ts";
import { refuseToDrive, requireSpawnRight } from "./may-drive.ts";
import { findReplay, toIdempotency } from "./idempotency.ts";
import type { OperationParts } from "./parts.ts";

/** The same task once more, from its beginning. */
export async function retrySession(
  parts: OperationParts,
  input: RetryInput,
  context: CallContext,
): Promise<AcceptedBatchView> {
  const source = await findSource(parts, input.id, context);
  return accept(parts, { input, context, source, origin: { kind: "retry", sessionId: source.id } });
}

/** A session that has lived through the turns of another one, up to one of them, and goes its own way. */
export async function forkSession(
  parts: OperationParts,
  input: ForkInput,
  context: CallContext,
): Promise<AcceptedBatchView> {
  const source = await findSource(parts, input.id, context);
  requireAfterwards(parts.engineParts, source.agent, "fork");
  const turn = input.turn ?? source.turns;
  refuseTurn(source, turn);
  requireWholeFork(parts.engineParts, source, turn);
  const journal = await readWholeJournal(parts.engineParts.store, source.id);
  const opening = toForkOpening(source, journal, { turn, text: input.message ?? "" });
  if (!opening.transcript.hasNews) refuseIdle(source, turn);
  const origin = { kind: "fork" as const, sessionId: source.id, turn };
  return accept(parts, { input, context, source, origin, opening, task: input.message });
}

/** The same task once more, told how the first attempt ended; the caller has been looked at. */
export function retryWithPlan(
  parts: OperationParts,
  retry: { input: RetryInput; context: SpawnContext; source: SessionRecord; task: string },
): Promise<AcceptedBatchView> {
  return accept(parts, { ...retry, origin: { kind: "retry", sessionId: retry.source.id } });
}

async function findSource(
  parts: OperationParts,
  id: string,
  { caller }: CallContext,
): Promise<SessionRecord> {
  const source = await findSession(parts.engineParts.store, id);
  refuseToDrive(caller, source);
  return source;
}

function refuseTurn({ id, turns }: SessionRecord, turn: number): void {
  if (turn >= 1 && turn <= turns) return;
  const range = turns === 0 ? "it has none yet" : `it has 1 to ${turns}`;
  throw new ProfclawError("invalid-request", `Session ${id} has no turn ${turn}: ${range}.`, {
    pointer: "turn",
    hint:
      turns === 0
        ? `From its beginning: profclaw agent retry ${toShortId(id)}`
        : `For example: profclaw agent fork ${toShortId(id)} --turn ${turns}`,
  });
}

function refuseIdle({ id }: SessionRecord, turn: number): never {
  throw new ProfclawError(
    "invalid-request",
    `The model had said its last word at turn ${turn}: a fork from there needs something to do.`,
    { pointer: "message", hint: `Say what: profclaw agent fork ${toShortId(id)} --turn ${turn} "…"` },
  );
}

interface Copy {
  input: RetryInput;
  context: SpawnContext;
  source: SessionRecord;
  origin: SessionOrigin;
  opening?: ForkOpening;
  task?: string | undefined;
}

/** Below a session it counts as that session's spawning; else it stands alone. */
async function accept(parts: OperationParts, copy: Copy): Promise<AcceptedBatchView> {
  const { caller } = copy.context;
  const known = await findReplay(parts.engineParts.store, toKey(parts, copy));
  if (known !== undefined) return toCopyView(parts, known);
  if (caller.kind !== "session") return spawnCopy(parts, copy, null);
  const parent = await findSession(parts.engineParts.store, caller.sessionId);
  requireSpawnRight(parent);
  return parts.engine.inTurn(parent.rootId, async () => {
    await refuseBeyondTree(parts.engineParts.store, parent, [copy.task ?? copy.source.task]);
    return spawnCopy(parts, copy, parent);
  });
}

async function spawnCopy(
  parts: OperationParts,
  copy: Copy,
  parent: SessionRecord | null,
): Promise<AcceptedBatchView> {
  const { spec, warnings } = await toSpecOfCopy(parts, copy, parent);
  const peerId = parent === null ? await findSpawningPeer(parts, copy.context.caller) : null;
  await copy.context.recheckCaller();
  const { opening } = copy;
  const { turn } = copy.origin.kind === "fork" ? copy.origin : { turn: 0 };
  const outcome = await parts.engine.spawn({
    id: spec.batchId,
    parentId: parent?.id ?? null,
    peerId,
    createdAt: spec.createdAt,
    budget: noBudget,
    sessions: [{ ...spec, peerId }],
    ...(opening === undefined ? {} : { opening: { events: opening.events, turns: turn } }),
    idempotency: toKey(parts, copy),
  });
  return toCopyView(parts, outcome.batchId, { spec, warnings });
}

async function toCopyView(
  parts: OperationParts,
  id: string,
  fresh?: { spec: SessionSpec; warnings: string[] },
): Promise<AcceptedBatchView> {
  const found = (await parts.engineParts.store.listSessions({ batchId: id, limit: 1 })).sessions;
  const made = fresh === undefined ? [] : [toFreshRecord(fresh.spec)];
  const records = found.length > 0 ? found : made;
  return toAcceptedView(parts, { id, budget: noBudget, records, warnings: fresh?.warnings ?? [] });
}

/** All that held for the source holds for the copy: rights, tools, folder. Only the model may be another. */
async function toSpecOfCopy(
  parts: OperationParts,
  { input, context, source, origin, task }: Copy,
  parent: SessionRecord | null,
): Promise<{ spec: SessionSpec; warnings: string[] }> {
  const { engineParts } = parts;
  const ofProgram = chooseForCopy(engineParts, source, input);
  const choice = ofProgram?.choice ?? (await resolveChoice(parts, source, input));
  const batchId = context.batchId ?? engineParts.newId();
  const id = engineParts.newId();
  const wanted = toBudget(input);
  const { budget, warnings } = await resolveBudget(
    engineParts,
    ofProgram?.agent.driver.money === "told" ? null : choice,
    {
      id,
      budget: isLimited(wanted) ? wanted : source.budget,
      sharedBudgets: parent === null ? [] : toCovers(parent),
    },
  );
  const { resumes: _, origin: __, traceParent: ___, ...same } = toSpec(source);
  const folder = await toFolderOfCopy(engineParts, { source, id, kind: origin.kind });
  const spec: SessionSpec = {
    ...same,
    id,
    batchId,
    budget,
    origin,
    parentId: parent?.id ?? null,
    rootId: parent?.rootId ?? batchId,
    depth: parent === null ? 0 : parent.depth + 1,
    task: task ?? source.task,
    provider: choice.provider,
    model: choice.model,
    requestedModel: choice.requestedModel,
    ...folder,
    timeoutMs: input.timeout ?? source.timeoutMs,
    ...(input.timeout === undefined ? {} : { silenceMs: null }),
    maxTurns: input.max_turns ?? source.maxTurns,
    sharedBudgets: parent === null ? [] : toCovers(parent),
    createdAt: parts.clock.now(),
    ...(context.traceParent === undefined ? {} : { traceParent: context.traceParent }),
  };
  return { spec, warnings: [...choice.warnings, ...warnings] };
}

function resolveChoice(
  { engineParts }: OperationParts,
  source: SessionRecord,
  { provider, model }: RetryInput,
): ReturnType<typeof engineParts.resolveModel> {
  if (provider === undefined && model === undefined) {
    return engineParts.resolveModel({
      provider: source.provider,
      model: source.requestedModel ?? source.model,
    });
  }
  return engineParts.resolveModel({ provider, model });
}

function toKey(parts: OperationParts, { input, origin, context }: Copy): NewBatch["idempotency"] {
  const { caller } = context;
  // Its path names the session as the request did; the same one by its whole id is the same request.
  const request = { ...input, id: origin.sessionId };
  return toIdempotency({
    operation: `sessions.${origin.kind}`,
    caller,
    input: request,
    now: parts.clock.now(),
  });
}
