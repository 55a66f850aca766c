import { z } from "zod";
import type { FlowView } from "../../contract/flow-shapes.ts";
import { flowStatuses } from "../../core/flow/flow.ts";
import { parseFlow } from "../../patterns/parse-flow.ts";
import { defineTool } from "../tool.ts";

const flowState = z.object({
  flow_id: z.string(),
  status: z.enum(flowStatuses),
  reason: z.string().nullable(),
  steps: z.array(
    z.object({ id: z.string(), status: z.string(), sessions: z.int(), reason: z.string().nullable() }),
  ),
  result: z.string().nullable().describe("the first 20,000 characters; the whole: GET /api/flows/{id}"),
  degraded: z.boolean(),
  missing: z.array(z.object({ step: z.string(), label: z.string(), reason: z.string() })),
  cost_usd: z.string().nullable(),
});

const mostResult = 20_000;
const mostMissing = 50;

function toFlowState(flow: FlowView): z.input<typeof flowState> {
  const { id, status, reason, degraded, cost_usd } = flow;
  const missing = flow.missing.slice(0, mostMissing);
  return {
    flow_id: id,
    status,
    reason,
    steps: flow.steps.map((step) => ({
      id: step.id,
      status: step.status,
      sessions: step.sessions,
      reason: step.reason,
    })),
    result: flow.result?.slice(0, mostResult) ?? null,
    degraded,
    missing: missing.map((part) => ({ step: part.step, label: part.label, reason: part.reason })),
    cost_usd,
  };
}

const flowId = z.string().min(1).describe("the flow's id or a unique start of it");

export const runFlow = defineTool({
  name: "run_flow",
  title: "Run a flow of steps",
  description:
    "Starts a flow: steps that need each other, each one session or many, with retries, gates and votes. It outlives " +
    "restarts, and names what is missing from its result. Returns at once; wait with flow_status. Use it for work in " +
    "phases; for a few independent tasks use spawn. It changes nothing by itself, its sessions may, and model calls cost. " +
    "A flow that is wrong is refused with line and column, and nothing starts.",
  hints: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  input: z.strictObject({
    flow: z
      .string()
      .min(1)
      .max(400_000)
      .describe(
        'YAML or JSON: steps: [{ id, task, needs?, foreach?, team?, when?, retry?, gate?, pick? }]; texts may hold "{{ steps.x.result }}"',
      ),
    cwd: z.string().min(1).optional().describe("absolute folder its sessions work in; default yours"),
    budget_usd: z
      .string()
      .optional()
      .describe("what all of it may spend, e.g. 2.00; default what the flow says, else no limit"),
  }),
  output: flowState,
  async call({ flow, cwd, budget_usd }, context) {
    const file = parseFlow({ name: "flow", text: flow }, {});
    const folder = cwd ?? context.cwd;
    const { requestKey } = context;
    const started = await context.handlers.createFlow(
      {
        flow: file,
        ...(folder === null ? {} : { cwd: folder }),
        ...(budget_usd === undefined ? {} : { budget_usd }),
        ...(requestKey === null ? {} : { idempotency_key: requestKey }),
      },
      context.call,
    );
    return { structured: toFlowState(started) };
  },
});

export const flowStatus = defineTool({
  name: "flow_status",
  title: "Wait for a flow",
  description:
    "Tells how a flow stands: its steps, its result once it has ended, and what is missing from it. With timeout_s it " +
    "waits so long for the end and is answered as soon as that comes: call it again while status is running, instead of " +
    "asking often. Single sessions of it are read with task_logs. It changes nothing.",
  hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: z.strictObject({
    flow_id: flowId,
    timeout_s: z.int().min(0).max(50).default(50).describe("seconds to wait for its end, 0 to 50"),
  }),
  output: flowState,
  async call({ flow_id, timeout_s }, { handlers, call }) {
    const { flow } = await handlers.waitForFlow({ id: flow_id, timeout_ms: timeout_s * 1_000 }, call);
    return { structured: toFlowState(flow) };
  },
});

export const flowCancel = defineTool({
  name: "flow_cancel",
  title: "Stop a flow",
  description:
    "Stops a flow and every session of it. What is finished and what it cost stay, and a person can resume it where it " +
    "was. To stop one session of it only, use task_kill: the flow then counts that one as missing. One that has ended is " +
    "refused, and nothing changes.",
  hints: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  input: z.strictObject({ flow_id: flowId }),
  output: flowState,
  async call({ flow_id }, { handlers, call }) {
    return { structured: toFlowState(await handlers.cancelFlow({ id: flow_id }, call)) };
  },
});
