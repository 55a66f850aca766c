import { z } from "zod";
import { sessionStatuses } from "../core/session.ts";
import { defineOperation } from "./define-operation.ts";
import { budgetTokens, budgetUsd } from "./budget-inputs.ts";
import { webhookShape } from "./webhook-shape.ts";
import {
  budgetShape,
  effortShape,
  journalEntryShape,
  limitsShape,
  resultShape,
  sessionListShape,
  sessionShape,
  treeNodeShape,
} from "./shapes.ts";

/** Longest task that is taken, in characters; the body as a whole is at most 1 MB. */
const maxTaskLength = 400_000;
const maxTimeoutMs = 7 * 24 * 3_600_000;

const task = z
  .string()
  .max(maxTaskLength)
  .refine((text) => text.trim() !== "", "must not be empty")
  .describe("what the session is to do; its first user message");
const timeout = z
  .int()
  .min(1)
  .max(maxTimeoutMs)
  .describe("ms it may run; queued and parked time not counted");
const labels = z.record(z.string().regex(/^[\w.-]{1,64}$/), z.string().max(256));

/** One session of a spawn request. Unknown keys are refused by name. */
export const newSessionShape = z.strictObject({
  task,
  name: z.string().min(1).max(80).optional(),
  agent: z.string().min(1).max(200).optional(),
  provider: z.string().min(1).max(100).optional(),
  model: z.string().min(1).max(200).optional(),
  tools: z.array(z.string()).max(200).optional().describe("exactly these; left out: all the level allows"),
  extra_allowed_tools: z
    .array(z.string())
    .max(200)
    .optional()
    .describe("tools on top of those it would get; a child gets none that its parent lacks"),
  mcp: z
    .array(z.string().min(1).max(64))
    .max(50)
    .optional()
    .describe("MCP servers of yours whose tools it has besides, by name; default none"),
  slim: z
    .boolean()
    .optional()
    .describe("false: all MCP servers of yours that count in its folder; default true"),
  role: z.string().min(1).max(80).optional().describe("a stance: one of GET /api/roles"),
  project_notes: z
    .boolean()
    .optional()
    .describe("false: the workspace's AGENTS.md or CLAUDE.md is not read; default true"),
  effort: effortShape.optional(),
  permission_mode: z.string().optional(),
  cwd: z.string().min(1).optional(),
  worktree: z
    .boolean()
    .optional()
    .describe(
      "its own branch and folder of the git repository; left out: if two or more of the batch may write in it",
    ),
  append_system: z.string().max(100_000).optional(),
  max_turns: z.int().min(1).max(10_000).optional(),
  max_output_tokens: z.int().min(1).max(1_000_000).optional(),
  schema: z.record(z.string(), z.json()).optional().describe("JSON Schema of the structured result"),
  priority: z.int().min(-100).max(100).optional(),
  labels: labels.optional(),
  timeout: timeout.optional(),
  budget_usd: budgetUsd.optional().describe("USD for it and all that it spawns; at most the batch's"),
  budget_tokens: budgetTokens.optional().describe("input and output tokens together"),
});

export const newBatchShape = z.strictObject({
  sessions: z.array(newSessionShape).min(1).max(1_000),
  timeout: timeout.optional(),
  budget_usd: budgetUsd.optional().describe("USD for all of them together, and all that they spawn"),
  budget_tokens: budgetTokens.optional().describe("input and output tokens together"),
  cwd: z.string().min(1).optional(),
  parent: z.string().optional(),
  labels: labels.optional(),
  idempotency_key: z.string().min(1).max(200).optional(),
  dry_run: z.boolean().optional(),
  webhook: webhookShape.optional(),
});

export const acceptedBatchShape = z.object({
  batch_id: z.string(),
  sessions: z.array(sessionShape),
  warnings: z.array(z.string()),
  concurrency: z.int(),
  budget: budgetShape.nullable(),
  estimate: z
    .object({ usd: z.string().nullable().describe("null where a price is unknown"), basis: z.string() })
    .optional()
    .describe("what it will usually cost; of a dry run"),
  timeout_ms: z.int().optional().describe("how long each may run, of different ones the least; of a dry run"),
  limits: limitsShape.optional().describe("what is left of day and month; of a dry run"),
  links: z.record(z.string(), z.string()),
});

const count = z.coerce.number().int();
const after = count.min(0).default(0).describe("a seq; only later entries");
const byId = { id: z.string().describe("a session's id or a unique start of one") };

export const createSessions = defineOperation({
  name: "sessions.create",
  method: "POST",
  path: "/agents/sessions",
  access: "local",
  kind: "call",
  input: newBatchShape,
  output: acceptedBatchShape,
  successStatus: 202,
  example: { sessions: [{ task: "Say hello" }] },
  summary: "Spawn sessions that run in parallel. All of them are accepted, or none.",
});

export const listSessions = defineOperation({
  name: "sessions.list",
  method: "GET",
  path: "/agents/sessions",
  access: "local",
  kind: "call",
  input: z.strictObject({
    status: z.array(z.enum(sessionStatuses)).optional(),
    parent: z.string().optional(),
    batch: z.string().optional(),
    peer: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe("a peer's id or name: all that it spawned, and what those spawned"),
    label: z.array(z.string().regex(/^[^=]+=.*$/, "must be key=value")).optional(),
    cursor: z.string().optional(),
    limit: z.coerce.number().int().min(1).max(1_000).default(100),
  }),
  output: sessionListShape,
  successStatus: 200,
  summary: "Sessions, newest first, a page at a time.",
});

export const getSession = defineOperation({
  name: "sessions.get",
  method: "GET",
  path: "/agents/sessions/{id}",
  access: "local",
  kind: "call",
  input: z.strictObject(byId),
  output: sessionShape,
  successStatus: 200,
  summary: "One session.",
});

export const getSessionEvents = defineOperation({
  name: "sessions.events",
  method: "GET",
  path: "/agents/sessions/{id}/events",
  access: "local",
  kind: "stream",
  input: z.strictObject({
    ...byId,
    after,
    limit: z.coerce.number().int().min(1).max(1_000).default(1_000),
    tail: count.min(0).max(1_000_000).optional().describe("begin with the last so many entries"),
    longest_text: count
      .min(100)
      .max(100_000_000)
      .optional()
      .describe("characters; of a longer text only its beginning and its end come; default: all of it"),
  }),
  output: z.object({ events: z.array(journalEntryShape), next_after: z.int().nullable() }),
  successStatus: 200,
  summary: "What a session lived through, from its journal, then live.",
});

export const getSessionLog = defineOperation({
  name: "sessions.log",
  method: "GET",
  path: "/agents/sessions/{id}/log",
  access: "local",
  kind: "text",
  input: z.strictObject({
    ...byId,
    after,
    limit: z.coerce.number().int().min(1).max(10_000).default(1_000).describe("entries, not lines"),
    tail: z.coerce.number().int().min(1).max(10_000).optional().describe("only the last so many entries"),
  }),
  output: z.string(),
  successStatus: 200,
  summary: "What a session did, step by step, as plain text for people.",
});

export const getSessionResult = defineOperation({
  name: "sessions.result",
  method: "GET",
  path: "/agents/sessions/{id}/result",
  access: "local",
  kind: "call",
  input: z.strictObject(byId),
  output: z.object({
    id: z.string(),
    status: z.enum(sessionStatuses),
    reason: z.string().nullable(),
    result: resultShape.nullable(),
    error: z.object({ code: z.string(), detail: z.string() }).nullable(),
  }),
  successStatus: 200,
  summary: "A session's result, its text whole.",
});

export const getSessionTree = defineOperation({
  name: "sessions.tree",
  method: "GET",
  path: "/agents/sessions/{id}/tree",
  access: "local",
  kind: "call",
  input: z.strictObject(byId),
  output: treeNodeShape,
  successStatus: 200,
  summary: "A session and all that it spawned.",
});

export const cancelSession = defineOperation({
  name: "sessions.cancel",
  method: "POST",
  path: "/agents/sessions/{id}/cancel",
  access: "local",
  kind: "call",
  input: z.strictObject(byId),
  output: sessionShape,
  successStatus: 200,
  summary: "Stop a session: its model call, tools, processes and descendants.",
});

export type NewSessionInput = z.infer<typeof newSessionShape>;
export type NewBatchInput = z.infer<typeof newBatchShape>;
export type AcceptedBatchView = z.infer<typeof acceptedBatchShape>;
export type ListSessionsInput = z.infer<typeof listSessions.input>;
export type SessionResultView = z.infer<typeof getSessionResult.output>;
export type SessionEventsView = z.infer<typeof getSessionEvents.output>;
