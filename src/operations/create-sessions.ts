import type { CallContext, Caller } from "../contract/implement.ts";
import type { AcceptedBatchView, NewBatchInput, NewSessionInput } from "../contract/session-operations.ts";
import type { Budget, BudgetCover } from "../core/budget.ts";
import { ProfclawError } from "../core/errors.ts";
import type { BatchId } from "../core/id.ts";
import type { SessionRecord, SessionSpec } from "../core/session.ts";
import { assignWorktrees } from "../engine/assign-worktrees.ts";
import { createFolderLooks } from "../engine/folder-looks.ts";
import { type ResolvedSession, resolveSession } from "../engine/resolve-session.ts";
import type { BatchOrigin } from "../engine/session-request.ts";
import { toSessionRequest } from "../engine/to-session-request.ts";
import { refuseBeyondTree } from "../engine/resolve-children.ts";
import { toFreshRecord } from "../engine/fresh-record.ts";
import type { NewBatch } from "../store/store.ts";
import { toAcceptedView } from "./accepted-view.ts";
import { toBatchWebhook } from "./batch-webhook.ts";
import { resolveBatchBudget } from "./batch-budget.ts";
import { getCostLimits } from "./cost-limits.ts";
import { estimateBatch } from "./estimate-batch.ts";
import { findSpawningPeer } from "./find-actor.ts";
import { findBatch, findSession } from "./find-session.ts";
import { findReplay, toIdempotency } from "./idempotency.ts";
import { requireSpawnRight } from "./may-drive.ts";
import type { OperationParts } from "./parts.ts";
import { rethrowAt } from "./rethrow-at.ts";

/** `batchId`: what the batch is to be called, where that was said before. */
export type SpawnContext = CallContext & { batchId?: BatchId };

/** Resolves every session or refuses them all; then one transaction accepts them. */
export async function createSessions(
  parts: OperationParts,
  input: NewBatchInput,
  context: SpawnContext,
): Promise<AcceptedBatchView> {
  const known =
    input.dry_run === true
      ? undefined
      : await findReplay(parts.engineParts.store, toKey(parts, input, context));
  if (known !== undefined) return toReplayedView(parts, known);
  const parent = await findParent(parts, input, context.caller);
  const create = (): Promise<AcceptedBatchView> => createBelow(parts, { input, context, parent });
  return parent === null ? create() : parts.engine.inTurn(parent.rootId, create);
}

async function createBelow(
  parts: OperationParts,
  request: { input: NewBatchInput; context: SpawnContext; parent: SessionRecord | null },
): Promise<AcceptedBatchView> {
  const { input, context, parent } = request;
  // Below a session it is a model that spawns, by whichever door it came.
  const tasks = input.sessions.map(({ task }) => task);
  if (parent !== null) await refuseBeyondTree(parts.engineParts.store, parent, tasks);
  const webhook = toBatchWebhook(input.webhook, context.caller);
  const batchId = context.batchId ?? parts.engineParts.newId();
  const { budget, ...shared } = await resolveBatchBudget(parts, input, { batchId, parent });
  const peerId = parent === null ? await findSpawningPeer(parts, context.caller) : null;
  const origin = { ...toOrigin(parts, { input, parent, context, batchId, ...shared }), peerId };
  const resolved = await resolveAll(parts, origin, input.sessions);
  await requireReadableRules(parts, resolved);
  const placed = resolved.map(({ spec }, at) => ({ spec, wish: input.sessions[at]?.worktree }));
  const { specs, ...placement } = await assignWorktrees(parts.engineParts, placed, input.dry_run === true);
  const told = [...shared.warnings, ...resolved.flatMap((session) => session.warnings)];
  const warnings = [...told, ...placement.warnings];
  const batch = { id: batchId, budget, specs, warnings: [...new Set(warnings)] };
  if (input.dry_run === true) {
    return { ...(await toView(parts, batch)), ...(await foretell(parts, specs, budget)) };
  }
  await context.recheckCaller();
  const outcome = await parts.engine.spawn({
    id: batchId,
    parentId: parent?.id ?? null,
    peerId,
    createdAt: origin.createdAt,
    budget,
    sessions: specs,
    idempotency: toKey(parts, input, context),
    ...(webhook === undefined ? {} : { webhook }),
  });
  if (outcome.kind === "accepted") return toView(parts, batch);
  return toReplayedView(parts, outcome.batchId);
}

/** What a person wants to know before it is started. */
async function foretell(
  parts: OperationParts,
  specs: readonly SessionSpec[],
  budget: Budget,
): Promise<Pick<AcceptedBatchView, "estimate" | "timeout_ms" | "limits">> {
  return {
    estimate: await estimateBatch(parts, specs, budget),
    timeout_ms: Math.min(...specs.map(({ timeoutMs }) => timeoutMs)),
    limits: await getCostLimits(parts),
  };
}

function toKey(
  parts: OperationParts,
  input: NewBatchInput,
  { caller }: CallContext,
): NewBatch["idempotency"] {
  return toIdempotency({ operation: "sessions.create", caller, input, now: parts.clock.now() });
}

/** A session's own process spawns as that session, and can name no other; a person may name a parent. */
async function findParent(
  parts: OperationParts,
  input: NewBatchInput,
  caller: Caller,
): Promise<SessionRecord | null> {
  const { store } = parts.engineParts;
  const named = input.parent === undefined ? null : await findSession(store, input.parent);
  const parent = caller.kind === "session" ? await findSession(store, caller.sessionId) : named;
  if (named !== null && named.id !== parent?.id) refuseForged(named, parent);
  if (caller.kind === "session" && parent !== null) requireSpawnRight(parent);
  if (parent === null || parent.endedAt === null) return parent;
  throw new ProfclawError("session-ended", `The parent ${parent.id} has ended (${parent.status}).`, {
    pointer: "/parent",
    hint: "Name a living session, or leave parent out.",
  });
}

function refuseForged(named: SessionRecord, own: SessionRecord | null): never {
  throw new ProfclawError("policy-denied", `Session ${own?.id} cannot spawn as ${named.id}.`, {
    pointer: "/parent",
    hint: "Leave parent out: what a session spawns is its own child.",
  });
}

function toOrigin(
  parts: OperationParts,
  request: {
    input: NewBatchInput;
    parent: SessionRecord | null;
    context: CallContext;
    batchId: string;
    sharedBudgets: BudgetCover[];
  },
): BatchOrigin {
  const { input, parent, context, batchId, sharedBudgets } = request;
  const { caller, traceParent } = context;
  return {
    batchId,
    sharedBudgets,
    createdAt: parts.clock.now(),
    parent,
    cwd: input.cwd ?? parent?.cwd ?? parts.daemon.cwd,
    path: parts.shellPath.get(),
    timeoutMs: input.timeout ?? parts.pool.get().timeoutMs,
    hasOwnTimeout: input.timeout !== undefined,
    labels: input.labels ?? {},
    traceParent,
    mayGrantFull: caller.kind === "admin",
    folders: createFolderLooks(parts.engineParts),
  };
}

/** Rules that are not understood would refuse every call of these sessions: say so before they start. */
async function requireReadableRules(
  parts: OperationParts,
  resolved: readonly ResolvedSession[],
): Promise<void> {
  for (const cwd of new Set(resolved.map(({ spec }) => spec.cwd))) await parts.engineParts.rules.of(cwd);
}

async function resolveAll(
  parts: OperationParts,
  origin: BatchOrigin,
  sessions: readonly NewSessionInput[],
): Promise<ResolvedSession[]> {
  const resolved: ResolvedSession[] = [];
  for (const [index, session] of sessions.entries()) {
    const request = toSessionRequest(session, `/sessions/${index}`);
    resolved.push(
      await resolveSession(parts.engineParts, origin, request).catch((error: unknown) =>
        rethrowAt(error, `/sessions/${index}`),
      ),
    );
  }
  return resolved;
}

interface AcceptedBatch {
  id: string;
  budget: Budget;
  specs: readonly SessionSpec[];
  warnings: string[];
}

async function toView(parts: OperationParts, batch: AcceptedBatch): Promise<AcceptedBatchView> {
  const records = batch.specs.map(toFreshRecord);
  return toAcceptedView(parts, { ...batch, records });
}

/** A batch that was accepted before. */
export async function toReplayedView(parts: OperationParts, id: string): Promise<AcceptedBatchView> {
  const { store } = parts.engineParts;
  const page = await store.listSessions({ batchId: id, limit: 1_000 });
  const { budget } = await findBatch(store, id);
  return toAcceptedView(parts, { id, budget, records: page.sessions.toReversed(), warnings: [] });
}
