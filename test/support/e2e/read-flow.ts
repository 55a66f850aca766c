import type { FlowView } from "../../../src/contract/flow-shapes.ts";
import type { Stage } from "./stage.ts";
import { until } from "./until.ts";

/** A flow as it stands, also while its daemon is being replaced. */
export async function readFlow(stage: Stage, id: string): Promise<FlowView> {
  let last = "";
  const flow = await until(
    async () => {
      try {
        const answer = await stage.rest(`/api/flows/${id}`);
        if (answer.status !== 200) throw new Error(answer.text);
        return answer.json<FlowView>();
      } catch (error) {
        last = String(error);
        return undefined;
      }
    },
    (found) => found !== undefined,
    15_000,
  ).catch(() => undefined);
  if (flow === undefined) throw new Error(`flow ${id} cannot be read: ${last}`);
  return flow;
}

export function untilFlowIsOver(stage: Stage, id: string): Promise<FlowView> {
  return until(
    () => readFlow(stage, id),
    ({ status }) => status !== "running",
    60_000,
  );
}
