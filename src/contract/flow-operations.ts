import { z } from "zod";
import { flowStatuses } from "../core/flow/flow.ts";
import { budgetTokens, budgetUsd } from "./budget-inputs.ts";
import { defineOperation } from "./define-operation.ts";
import { flowFileShape, flowShape } from "./flow-shapes.ts";

const byId = { id: z.string().describe("a flow's id or a unique start of one") };
const vars = z
  .record(z.string().max(64), z.string().max(400_000))
  .optional()
  .describe("values for {{ vars.x }}, before the flow's own");
const labels = z.record(z.string().regex(/^[\w.-]{1,64}$/), z.string().max(256));

export const createFlow = defineOperation({
  name: "flows.create",
  method: "POST",
  path: "/flows",
  access: "local",
  kind: "call",
  input: z.strictObject({
    flow: flowFileShape,
    vars,
    cwd: z.string().min(1).optional(),
    timeout: z.int().min(1).optional().describe("ms each session may run, where its step says nothing"),
    budget_usd: budgetUsd.optional().describe("USD for all of it, before the flow's own"),
    budget_tokens: budgetTokens.optional(),
    labels: labels.optional(),
    idempotency_key: z.string().min(1).max(200).optional(),
  }),
  output: flowShape,
  successStatus: 202,
  example: { flow: { steps: [{ id: "hello", task: "Say hello" }] } },
  summary: "Run a flow: steps that need each other, each one or many sessions. It outlives every restart.",
});

export const planFlow = defineOperation({
  name: "flows.plan",
  method: "POST",
  path: "/flows/plan",
  access: "local",
  kind: "call",
  input: createFlow.input.omit({ idempotency_key: true }),
  output: z.object({
    name: z.string().nullable(),
    steps: z.array(
      z.object({
        id: z.string(),
        needs: z.array(z.string()),
        sessions: z.int().nullable().describe("null where an earlier step decides"),
        provider: z.string(),
        model: z.string(),
        gate: z.string().nullable(),
      }),
    ),
    sessions: z.int().describe("those that are known; at least one for each step"),
    commands: z.array(z.string()).describe("that gates run as you"),
    estimate: z.object({ usd: z.string().nullable(), basis: z.string() }),
    concurrency: z.int(),
    warnings: z.array(z.string()),
  }),
  successStatus: 200,
  example: { flow: { steps: [{ id: "hello", task: "Say hello" }] } },
  summary: "What a flow would run, and what that usually costs. Nothing is started.",
});

export const listFlows = defineOperation({
  name: "flows.list",
  method: "GET",
  path: "/flows",
  access: "local",
  kind: "call",
  input: z.strictObject({
    status: z.enum(flowStatuses).optional(),
    limit: z.coerce.number().int().min(1).max(1_000).default(100),
  }),
  output: z.object({ flows: z.array(flowShape.omit({ steps: true, result: true, missing: true })) }),
  successStatus: 200,
  summary: "Flows, newest first.",
});

export const getFlow = defineOperation({
  name: "flows.get",
  method: "GET",
  path: "/flows/{id}",
  access: "local",
  kind: "call",
  input: z.strictObject(byId),
  output: flowShape,
  successStatus: 200,
  summary: "A flow: how its steps stand, what they cost, and its result.",
});

export const waitForFlow = defineOperation({
  name: "flows.wait",
  method: "GET",
  path: "/flows/{id}/wait",
  access: "local",
  kind: "call",
  input: z.strictObject({
    ...byId,
    timeout_ms: z.coerce.number().int().min(0).max(50_000).default(50_000),
  }),
  output: z.object({ done: z.boolean(), flow: flowShape }),
  successStatus: 200,
  summary: "Answers when the flow has ended, or after timeout_ms with done: false. Ask again to go on.",
});

export const cancelFlow = defineOperation({
  name: "flows.cancel",
  method: "POST",
  path: "/flows/{id}/cancel",
  access: "local",
  kind: "call",
  input: z.strictObject(byId),
  output: flowShape,
  successStatus: 200,
  summary: "Stop a flow and every session of it. What is finished stays, and resume goes on from there.",
});

export const resumeFlow = defineOperation({
  name: "flows.resume",
  method: "POST",
  path: "/flows/{id}/resume",
  access: "local",
  kind: "call",
  input: z.strictObject({
    ...byId,
    flow: flowFileShape
      .optional()
      .describe("the flow as it is now; what is asked as before is not run again"),
    vars,
    budget_usd: budgetUsd.optional(),
    budget_tokens: budgetTokens.optional(),
  }),
  output: flowShape,
  successStatus: 200,
  summary: "Let an ended flow go on: what failed is tried again, finished sessions are not.",
});

export type NewFlowInput = z.infer<typeof createFlow.input>;
export type PlanFlowInput = z.infer<typeof planFlow.input>;
export type FlowPlanView = z.infer<typeof planFlow.output>;
export type FlowListView = z.infer<typeof listFlows.output>;
export type ResumeFlowInput = z.infer<typeof resumeFlow.input>;
export type FlowWaitView = z.infer<typeof waitForFlow.output>;
