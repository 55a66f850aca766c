import { z } from "zod";
import { parseDuration } from "../core/duration.ts";
import { flowStatuses } from "../core/flow/flow.ts";
import { budgetTokens, budgetUsd } from "./budget-inputs.ts";
import { newSessionShape } from "./session-operations.ts";
import { budgetShape } from "./shapes.ts";

const mostMs = 7 * 24 * 3_600_000;
const time = z
  .union([z.int(), z.string()], { error: "must be a time: 90s, 5m, 1h30m or ms" })
  .refine(isTime, "must be a time: 90s, 5m, 1h30m or ms, at most 7d")
  .describe("how long a session may run: 90s, 5m, or ms");

function isTime(value: number | string): boolean {
  const ms = parseDuration(String(value));
  return ms !== undefined && ms >= 1 && ms <= mostMs;
}

const task = newSessionShape.shape.task;
/** What a session of a step may ask for beside its task, under the names of a spawn request. */
const sessionFields = {
  ...newSessionShape.omit({ task: true, name: true, timeout: true, budget_usd: true, budget_tokens: true })
    .shape,
  timeout: time.optional(),
  budget: budgetUsd.optional().describe("USD for each session and all that it spawns"),
  budget_tokens: budgetTokens.optional(),
};

const name = z.string().regex(/^[A-Za-z][\w-]{0,63}$/, "must be a letter, then letters, digits, - and _");
const judgeFields = {
  provider: sessionFields.provider,
  model: sessionFields.model,
  role: sessionFields.role,
  effort: sessionFields.effort,
  timeout: sessionFields.timeout,
};
const judge = z.union([task, z.strictObject({ ask: task, ...judgeFields })]);

const gate = z
  .strictObject({
    command: z
      .string()
      .min(1)
      .max(100_000)
      .optional()
      .describe("passes with exit code 0; run in the flow's folder"),
    judge: judge.optional().describe("what another session is asked about the work"),
    timeout: time.optional().describe("of the command; default 10m"),
  })
  .refine(
    (rule) => (rule.command === undefined) !== (rule.judge === undefined),
    "must have command or judge",
  );

const pick = z.union([
  z.literal("vote"),
  z
    .strictObject({ vote: z.string().min(1).optional(), judge: judge.optional() })
    .refine((rule) => (rule.vote === undefined) !== (rule.judge === undefined), "must have vote or judge"),
]);

const member = z.strictObject({
  task: task.optional().describe("left out: the step's"),
  name: z.string().min(1).max(80).optional(),
  weight: z.number().min(0).max(1_000).optional().describe("how much its vote counts; default 1"),
  ...sessionFields,
});

const step = z.strictObject({
  id: name,
  task: task.optional().describe("with {{ steps.x.result }}, {{ vars.x }} and {{ item }}"),
  needs: z
    .array(name)
    .max(200)
    .optional()
    .describe("steps that go before; those that templates name are among them"),
  foreach: z
    .union([z.string(), z.array(z.json())])
    .optional()
    .describe("a session for each of a list"),
  copies: z.int().min(1).max(1_000).optional().describe("so many sessions with the same task"),
  team: z.array(member).min(1).max(1_000).optional().describe("sessions, each with a model of its own"),
  when: z
    .string()
    .max(10_000)
    .optional()
    .describe("left out where this is empty, no or false; == and != compare"),
  retry: z.int().min(0).max(20).optional().describe("how often what failed is tried again; default 0"),
  quorum: z.int().min(0).max(10_000).optional().describe("how many must complete; default one"),
  gate: gate.optional(),
  pick: pick.optional().describe("one of its results: vote, or a judge who sees no names"),
  ...sessionFields,
});

export const flowFileShape = z.strictObject({
  name: z.string().min(1).max(80).optional(),
  description: z.string().max(2_000).optional(),
  vars: z
    .record(name, z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe("with their defaults"),
  defaults: z.strictObject(sessionFields).optional().describe("what counts for every step that says nothing"),
  budget: budgetUsd.optional().describe("USD for all of it"),
  budget_tokens: budgetTokens.optional(),
  steps: z.array(step).min(1, "has no step").max(200),
});

const unit = z.object({
  item: z.int(),
  label: z.string(),
  status: z.string(),
  part: z.enum(["work", "gate", "pick"]),
  attempt: z.int(),
  session_id: z.string().nullable(),
  error: z.string().nullable(),
});

export const flowShape = z.object({
  id: z.string(),
  name: z.string().nullable(),
  status: z.enum(flowStatuses),
  reason: z.string().nullable().describe("why it did not complete"),
  cwd: z.string(),
  vars: z.record(z.string(), z.string()),
  steps: z.array(
    z.object({
      id: z.string(),
      needs: z.array(z.string()),
      status: z.enum([
        "waiting",
        "running",
        "completed",
        "degraded",
        "skipped",
        "failed",
        "blocked",
        "cancelled",
      ]),
      reason: z.string().nullable(),
      sessions: z.int().describe("that it has; 0 while that is not known"),
      counts: z.object({ running: z.int(), completed: z.int(), failed: z.int() }).describe("of its attempts"),
      cost_usd: z.string().nullable().describe("of what has ended; null where a price is unknown"),
      units: z.array(unit).describe("the last attempts; the first hundred"),
    }),
  ),
  result: z.string().nullable(),
  degraded: z.boolean().describe("some of it is missing from the result"),
  missing: z.array(
    z.object({
      step: z.string(),
      item: z.int().nullable(),
      label: z.string(),
      session_id: z.string().nullable(),
      reason: z.string(),
    }),
  ),
  cost_usd: z.string().nullable(),
  budget: budgetShape.nullable(),
  lives: z.int().describe("1, and one more for each resume"),
  created_at: z.iso.datetime(),
  ended_at: z.iso.datetime().nullable(),
  links: z.record(z.string(), z.string()),
});

export type FlowFile = z.infer<typeof flowFileShape>;
export type FlowStepFile = z.infer<typeof step>;
export type FlowView = z.infer<typeof flowShape>;
export type FlowJudgeFile = z.infer<typeof judge>;
