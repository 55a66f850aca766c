import type { FlowPlanView, PlanFlowInput } from "../contract/flow-operations.ts";
import type { CallContext } from "../contract/implement.ts";
import type { FlowStep } from "../core/flow/flow.ts";
import type { SessionSpec } from "../core/session.ts";
import { type CheckedFlow, checkFlowRequest } from "./check-flow-request.ts";
import { estimateBatch } from "./estimate-batch.ts";
import type { OperationParts } from "./parts.ts";

/** What a flow would run. Refuses what createFlow would refuse. */
export async function planFlow(
  parts: OperationParts,
  input: PlanFlowInput,
  context: CallContext,
): Promise<FlowPlanView> {
  const checked = await checkFlowRequest(parts, input, context);
  const { flow, trials, warnings } = checked;
  const specs = flow.plan.steps.flatMap((step) => toSpecs(step, checked));
  const steps = flow.plan.steps.map((step) => {
    const spec = trials.find((trial) => trial.step.id === step.id)?.spec;
    return {
      id: step.id,
      needs: step.needs,
      sessions: countSessions(step),
      provider: spec?.provider ?? "",
      model: spec?.model ?? "",
      gate: toGateText(step),
    };
  });
  return {
    name: flow.plan.name,
    steps,
    sessions: specs.length,
    commands: flow.plan.steps.flatMap(({ gate }) => (gate?.kind === "command" ? [gate.command] : [])),
    estimate: await estimateBatch(parts, specs, flow.budget),
    concurrency: parts.pool.get().maxConcurrent,
    warnings,
  };
}

function countSessions({ work }: FlowStep): number | null {
  if (work.kind === "one") return 1;
  if (work.kind === "copies") return work.count;
  if (work.kind === "team") return work.members.length;
  return typeof work.over === "string" ? null : work.over.length;
}

function toGateText({ gate }: FlowStep): string | null {
  if (gate === null) return null;
  return gate.kind === "command" ? gate.command : "judge";
}

/** For the estimate: as many as there will be of each; of a list that is not known yet, one. */
function toSpecs(step: FlowStep, { trials }: CheckedFlow): SessionSpec[] {
  const own = trials.filter((trial) => trial.step.id === step.id).map(({ spec }) => spec);
  const [first] = own;
  const count = countSessions(step) ?? 1;
  if (first === undefined || own.length >= count) return own;
  return [...Array.from({ length: count - 1 }, () => first), ...own];
}
