import { isLimited, noBudget } from "../core/budget.ts";
import { ProfclawError } from "../core/errors.ts";
import type { NewSessionInput } from "../contract/session-operations.ts";
import type { FlowRecord, FlowRow } from "../core/flow/flow.ts";
import type { Order } from "../core/flow/order.ts";
import type { SessionSpec } from "../core/session.ts";
import { assignWorktrees } from "../engine/assign-worktrees.ts";
import { createFolderLooks } from "../engine/folder-looks.ts";
import { resolveSession } from "../engine/resolve-session.ts";
import type { BatchOrigin } from "../engine/session-request.ts";
import { toSessionRequest } from "../engine/to-session-request.ts";
import type { FlowPorts } from "./flow-ports.ts";
import { toRefusedRow, toStartedRow } from "./flow-row.ts";

export type SessionOrder = Extract<Order, { kind: "session" }>;

/** A session that is about to be spawned, with the row that says so. */
export interface Prepared {
  row: FlowRow;
  /** Undefined where it was refused. */
  spec: SessionSpec | undefined;
  /** What was said of a worktree. */
  wish?: boolean | undefined;
}

/** Gives each session its id and fills in what the order leaves out; a refusal is its row's end. */
export async function prepareOrders(
  ports: FlowPorts,
  flow: FlowRecord,
  orders: readonly SessionOrder[],
): Promise<Prepared[]> {
  const origin = toOrigin(ports, flow);
  const prepared: Prepared[] = [];
  for (const order of orders) prepared.push(await prepare(ports, { flow, origin, order }));
  return giveFolders(ports, flow, prepared);
}

/** A worktree where a session asked for one, and where many of a step may write in one repository, as in a batch. */
async function giveFolders(
  { engineParts }: FlowPorts,
  { plan }: FlowRecord,
  prepared: Prepared[],
): Promise<Prepared[]> {
  const isOne = new Map(plan.steps.map(({ id, work }) => [id, work.kind === "one"]));
  const placed = prepared.flatMap(({ row, spec, wish }) =>
    spec === undefined ? [] : [{ spec, wish: wish ?? (isOne.get(row.step) ? false : undefined) }],
  );
  try {
    const { specs } = await assignWorktrees(engineParts, placed, false);
    const found = new Map(specs.map((spec) => [spec.id, spec]));
    return prepared.map((one) => ({ ...one, spec: one.spec && found.get(one.spec.id) }));
  } catch (error) {
    if (!(error instanceof ProfclawError)) throw error;
    const { message } = error;
    return prepared.map((one) =>
      one.wish === true ? { row: toRefusedRow(one.row, message, one.row.startedAt), spec: undefined } : one,
    );
  }
}

async function prepare(
  { engineParts }: FlowPorts,
  { flow, origin, order }: { flow: FlowRecord; origin: BatchOrigin; order: SessionOrder },
): Promise<Prepared> {
  const { batchId, createdAt: at } = origin;
  const sessionId = engineParts.newId();
  const row = toStartedRow(order, { life: flow.life, at, batchId, sessionId });
  try {
    const { unit } = order;
    const labels = { flow: flow.id.slice(0, 8), step: unit.step };
    // The shape was checked when the flow was; what it says is looked up now.
    const asked = { ...unit.session, task: unit.task } as unknown as NewSessionInput;
    const request = { name: unit.label.slice(0, 80), ...toSessionRequest(asked, ""), id: sessionId };
    const { spec } = await resolveSession(engineParts, origin, {
      ...request,
      labels: { ...labels, ...request.labels },
    });
    return { row, spec, wish: asked.worktree };
  } catch (error) {
    if (!(error instanceof ProfclawError)) throw error;
    const hint = error.hint === undefined ? "" : ` ${error.hint}`;
    return { row: toRefusedRow(row, `${error.message}${hint}`, at), spec: undefined };
  }
}

/** What all sessions of a flow share: the flow is their root, and its budget covers them together. */
export function toOrigin(
  { engineParts, clock }: Pick<FlowPorts, "engineParts" | "clock">,
  flow: FlowRecord,
): BatchOrigin {
  const { id, budget, cwd, path, timeoutMs, labels, isTrusted } = flow;
  return {
    batchId: engineParts.newId(),
    rootId: id,
    createdAt: clock.now(),
    parent: null,
    cwd,
    path,
    timeoutMs,
    labels,
    sharedBudgets: isLimited(budget) ? [{ scope: "batch", id, budget }] : [],
    mayGrantFull: isTrusted,
    folders: createFolderLooks(engineParts),
  };
}

/** Puts prepared sessions into the pool, all of them or none. */
export async function spawnPrepared(
  { engine, clock }: FlowPorts,
  prepared: readonly Prepared[],
): Promise<void> {
  const sessions = prepared.flatMap(({ spec }) => (spec === undefined ? [] : [spec]));
  const [first] = sessions;
  if (first === undefined) return;
  await engine.spawn({
    id: first.batchId,
    parentId: null,
    createdAt: clock.now(),
    budget: noBudget,
    sessions,
    idempotency: null,
  });
}
