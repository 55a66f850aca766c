import { createHash } from "node:crypto";
import { type FlowDecision, decideFlow } from "../core/flow/decide-flow.ts";
import { type Expansion, expandStep } from "../core/flow/expand-step.ts";
import type { FlowRecord } from "../core/flow/flow.ts";
import type { FlowRows } from "./flow-rows.ts";

function toHash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** How a flow stands and what comes next. What a step was expanded to is kept in `expansions`. */
export function judgeFlow(
  { plan, life }: FlowRecord,
  rows: FlowRows,
  expansions: Map<string, Expansion> = new Map(),
): FlowDecision {
  return decideFlow({
    plan,
    life,
    rowsOf: (step, item) => rows.of(step, item),
    expand(step, scope) {
      const expansion = expansions.get(step.id) ?? expandStep(step, scope, toHash);
      expansions.set(step.id, expansion);
      return expansion;
    },
    hash: toHash,
  });
}
