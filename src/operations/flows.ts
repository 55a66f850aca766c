import type {
  FlowListView,
  FlowWaitView,
  NewFlowInput,
  ResumeFlowInput,
} from "../contract/flow-operations.ts";
import type { FlowView } from "../contract/flow-shapes.ts";
import type { CallContext } from "../contract/implement.ts";
import { ProfclawError } from "../core/errors.ts";
import type { FlowRecord, FlowStatus } from "../core/flow/flow.ts";
import { toShortId } from "../core/id.ts";
import { toBudget } from "../engine/to-session-request.ts";
import { checkFlowRequest, refuseSession } from "./check-flow-request.ts";
import { findFlow } from "./find-session.ts";
import { toFlowSummary, toFlowView } from "./flow-view.ts";
import { refuseReuse, toIdempotency } from "./idempotency.ts";
import type { OperationParts } from "./parts.ts";
import { untilWoken } from "./until-woken.ts";

/** Checks all of it, writes it down, and lets it run. The same key gives the same flow. */
export async function createFlow(
  parts: OperationParts,
  input: NewFlowInput,
  context: CallContext,
): Promise<FlowView> {
  const { store } = parts.engineParts;
  const key = toIdempotency({
    operation: "flows.create",
    caller: context.caller,
    input,
    now: parts.clock.now(),
  });
  const { flow } = await checkFlowRequest(parts, input, context);
  await context.recheckCaller();
  const outcome = await store.createFlow({ flow, key });
  if (outcome.kind === "known") {
    if (outcome.bodyHash !== key?.bodyHash) throw refuseReuse();
    return toFlowView(parts, await findFlow(store, outcome.id));
  }
  await parts.flows.take(flow);
  return toFlowView(parts, flow);
}

export async function listFlows(
  parts: OperationParts,
  input: { status?: FlowStatus | undefined; limit: number },
): Promise<FlowListView> {
  const { store } = parts.engineParts;
  const { status, limit } = input;
  const flows = await store.listFlows({ limit, ...(status === undefined ? {} : { status }) });
  const views = flows.map(async (flow) => {
    const rows = parts.flows.rowsOf(flow.id) ?? (await store.listFlowRows(flow.id));
    return toFlowSummary(parts, { flow, rows });
  });
  return { flows: await Promise.all(views) };
}

export async function getFlow(parts: OperationParts, input: { id: string }): Promise<FlowView> {
  return toFlowView(parts, await findFlow(parts.engineParts.store, input.id));
}

/** Resolves when it has ended, when the time is over, or when the caller goes. */
export async function waitForFlow(
  parts: OperationParts,
  input: { id: string; timeout_ms: number },
  { signal }: CallContext,
): Promise<FlowWaitView> {
  const { store } = parts.engineParts;
  const { id } = await findFlow(store, input.id);
  const limits = { clock: parts.clock, timeoutMs: input.timeout_ms, signal };
  const ended = await untilWoken(limits, {
    listen: (wake) => parts.flows.onChange(id, wake),
    async look() {
      const flow = await findFlow(store, id);
      return flow.end === null ? null : flow;
    },
  });
  const flow = ended ?? (await findFlow(store, id));
  return { done: flow.end !== null, flow: await toFlowView(parts, flow) };
}

export async function cancelFlow(
  parts: OperationParts,
  input: { id: string },
  { caller }: CallContext,
): Promise<FlowView> {
  refuseSession(caller);
  const { store } = parts.engineParts;
  const { id, end } = await findFlow(store, input.id);
  if (end !== null) {
    throw new ProfclawError("flow-ended", `Flow ${toShortId(id)} has ended already (${end.status}).`, {
      pointer: "id",
      hint: `See what came of it: profclaw flow show ${toShortId(id)}`,
    });
  }
  await parts.flows.cancel(id);
  return toFlowView(parts, await findFlow(store, id));
}

/** Its next life: with the plan it had, or the one that is given now. Finished sessions count on. */
export async function resumeFlow(
  parts: OperationParts,
  input: ResumeFlowInput,
  context: CallContext,
): Promise<FlowView> {
  const { store } = parts.engineParts;
  refuseSession(context.caller);
  const before = await findFlow(store, input.id);
  if (before.end === null) throw toAlive(before);
  const next = await toNextLife(parts, { before, input, context });
  await context.recheckCaller();
  if (!(await store.reopenFlow(next))) throw toAlive(before);
  await parts.flows.take(next);
  return toFlowView(parts, next);
}

async function toNextLife(
  parts: OperationParts,
  { before, input, context }: { before: FlowRecord; input: ResumeFlowInput; context: CallContext },
): Promise<FlowRecord> {
  const life = { life: before.life + 1, end: null, endedAt: null };
  const { flow: file, vars, budget_usd, budget_tokens } = input;
  if (file === undefined && context.caller.kind !== "admin" && before.isTrusted) {
    throw new ProfclawError(
      "policy-denied",
      "Who has the token started this flow, and only they resume it.",
      {
        hint: "Send the token (Authorization: Bearer …), or type profclaw flow resume.",
      },
    );
  }
  if (file === undefined) {
    const plan = { ...before.plan, vars: { ...before.plan.vars, ...vars } };
    const limit = toBudget(input);
    const { microUsd, tokens } = before.budget;
    const budget = { microUsd: limit.microUsd ?? microUsd, tokens: limit.tokens ?? tokens };
    return { ...before, ...life, plan, budget };
  }
  const request = {
    flow: file,
    vars: { ...before.plan.vars, ...vars },
    cwd: before.cwd,
    timeout: before.timeoutMs,
  };
  const budget = { budget_usd, budget_tokens };
  const { flow } = await checkFlowRequest(parts, { ...request, ...budget, labels: before.labels }, context);
  return {
    ...before,
    ...life,
    plan: flow.plan,
    budget: flow.budget,
    path: flow.path,
    isTrusted: flow.isTrusted,
  };
}

function toAlive({ id }: FlowRecord): ProfclawError {
  return new ProfclawError("flow-alive", `Flow ${toShortId(id)} has not ended.`, {
    pointer: "id",
    hint: `Look at it: profclaw flow show ${toShortId(id)}; stop it: profclaw flow cancel ${toShortId(id)}`,
  });
}
