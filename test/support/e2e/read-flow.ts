import type { FlowView } from "../../../src/contract/flow-shapes.ts";
import type { Stage } from "./stage.ts";
import { until } from "./until.ts";

/** A flow as it stands, also while its daemon is being replaced. */
export async function readFlow(stage: Stage, id: string): Promise<FlowView> {
  const flow = await until(
    async () => {
      try {
        return (await stage.rest(`/api/flows/${id}`)).json<FlowView>();
      } catch {
        return undefined;
      }
    },
    (found) => found !== undefined,
    15_000,
  );
  if (flow === undefined) throw new Error(`flow ${id} cannot be read`);
  return flow;
}

export function untilFlowIsOver(stage: Stage, id: string): Promise<FlowView> {
  return until(
    () => readFlow(stage, id),
    ({ status }) => status !== "running",
    60_000,
  );
}
