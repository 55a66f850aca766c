import { z } from "zod";
import { flowFileShape } from "../../contract/flow-shapes.ts";

/** What a flow file may hold, for editors. */
export function toFlowJsonSchema(): object {
  return {
    title: "profclaw flow",
    ...z.toJSONSchema(flowFileShape, { io: "input", unrepresentable: "any" }),
  };
}
