import type { FlowListView } from "../contract/flow-operations.ts";
import type { FlowView } from "../contract/flow-shapes.ts";
import type { StepStanding } from "../core/flow/decide-flow.ts";
import type { FlowRecord, FlowRow, FlowStep } from "../core/flow/flow.ts";
import { isLimited } from "../core/budget.ts";
import { toUsdString } from "../core/money.ts";
import { FlowRows } from "../patterns/flow-rows.ts";
import { judgeFlow } from "../patterns/judge-flow.ts";
import type { OperationParts } from "./parts.ts";
import { toBudgetView, toTimeText } from "./views.ts";

type StepView = FlowView["steps"][number];

const mostUnitsShown = 100;

/** A flow on the wire, as it stands now. */
export async function toFlowView(parts: OperationParts, flow: FlowRecord): Promise<FlowView> {
  const rows = parts.flows.rowsOf(flow.id) ?? (await parts.engineParts.store.listFlowRows(flow.id));
  const { standings } = judgeFlow(flow, new FlowRows(rows));
  const { end } = flow;
  const steps = flow.plan.steps.map((step) =>
    toStepView({ flow, step, standing: standings.get(step.id), rows }),
  );
  return {
    ...(await toFlowSummary(parts, { flow, rows })),
    steps,
    result: end === null || end.result === "" ? null : end.result,
    missing: (end?.missing ?? []).map(({ sessionId, ...part }) => ({ ...part, session_id: sessionId })),
  };
}

/** The same without its steps. */
export async function toFlowSummary(
  parts: OperationParts,
  { flow, rows }: { flow: FlowRecord; rows: readonly FlowRow[] },
): Promise<FlowListView["flows"][number]> {
  const self = `/api/flows/${flow.id}`;
  const { id, plan, end, budget } = flow;
  const book = await parts.engineParts.ledger.openBook();
  return {
    id,
    name: plan.name,
    status: end?.status ?? "running",
    reason: end?.reason ?? null,
    cwd: flow.cwd,
    vars: plan.vars,
    degraded: (end?.missing ?? []).length > 0,
    cost_usd: toCost(rows),
    budget: isLimited(budget) ? toBudgetView(book.standingOf({ scope: "batch", id, budget })) : null,
    lives: flow.life,
    created_at: toTimeText(flow.createdAt),
    ended_at: flow.endedAt === null ? null : toTimeText(flow.endedAt),
    links: { self, wait: `${self}/wait`, cancel: `${self}/cancel`, resume: `${self}/resume` },
  };
}

function toCost(rows: readonly FlowRow[]): string | null {
  if (rows.some(({ unpricedCalls }) => unpricedCalls > 0)) return null;
  return toUsdString(rows.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0));
}

interface ShownStep {
  flow: FlowRecord;
  step: FlowStep;
  standing: StepStanding | undefined;
  rows: readonly FlowRow[];
}

function toStepView({ flow, step, standing, rows }: ShownStep): StepView {
  const own = rows.filter((row) => row.step === step.id);
  const works = own.filter(({ part }) => part === "work");
  return {
    id: step.id,
    needs: step.needs,
    status: toStepStatus(flow, standing),
    reason: toReason(standing),
    sessions: standing !== undefined && "units" in standing ? standing.units.length : 0,
    counts: {
      running: own.filter(({ status }) => status === "running").length,
      completed: works.filter(({ status }) => status === "completed").length,
      failed: works.filter(({ status }) => status !== "completed" && status !== "running").length,
    },
    cost_usd: toCost(own),
    units: own.slice(-mostUnitsShown).map(({ item, label, status, part, attempt, sessionId, error }) => ({
      item,
      label,
      status,
      part,
      attempt,
      session_id: sessionId,
      error,
    })),
  };
}

function toStepStatus({ end }: FlowRecord, standing: StepStanding | undefined): StepView["status"] {
  if (standing?.kind === "over") {
    const { status, missing } = standing.outcome;
    return status === "completed" && missing.length > 0 ? "degraded" : status;
  }
  if (standing === undefined || standing.kind === "waiting") return end === null ? "waiting" : "cancelled";
  if (standing.kind === "running" && end !== null) return "cancelled";
  return standing.kind;
}

function toReason(standing: StepStanding | undefined): string | null {
  if (standing?.kind === "failed") return standing.reason;
  return standing?.kind === "blocked" ? `step ${standing.by} has no result` : null;
}
