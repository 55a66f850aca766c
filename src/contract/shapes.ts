import { z } from "zod";
import { efforts, sessionStatuses } from "../core/session.ts";

const time = z.iso.datetime().describe("RFC 3339");
const usd = z.string().describe("decimal USD");
const links = z.record(z.string(), z.string());

export const usageShape = z.object({
  input_tokens: z.int(),
  output_tokens: z.int(),
  cache_read_tokens: z.int(),
  cache_write_tokens: z.int(),
});

/** A budget and how it stands. Null: no limit in that unit. */
export const budgetShape = z.object({
  usd: usd.nullable(),
  tokens: z.int().nullable(),
  spent_usd: usd.describe("calls that may have been billed at their worst case"),
  spent_tokens: z.int(),
  left_usd: usd.nullable(),
  left_tokens: z.int().nullable(),
});

export const resultShape = z.object({
  text: z.string(),
  structured: z.json().optional(),
  truncated: z.boolean(),
  artifacts: z.array(z.object({ id: z.string(), name: z.string(), size_bytes: z.int() })),
});

export const sessionShape = z.object({
  id: z.string(),
  batch_id: z.string(),
  parent_id: z.string().nullable(),
  status: z.enum(sessionStatuses),
  reason: z.string().nullable().describe("why it ended, or what it waits for"),
  task: z.string(),
  name: z.string().nullable(),
  agent: z.string(),
  provider: z.string(),
  model: z.string(),
  requested_model: z.string().nullable(),
  role: z.string().nullable(),
  project_notes: z
    .array(z.object({ path: z.string(), size_bytes: z.int(), truncated: z.boolean() }))
    .describe("the workspace's own files that the model was given"),
  tools: z.array(z.string()),
  mcp_servers: z.array(z.string()).describe("the MCP servers whose tools it has besides"),
  permission_mode: z.string(),
  cwd: z.string(),
  worktree: z
    .object({ folder: z.string(), branch: z.string(), base: z.string(), origin: z.string() })
    .nullable()
    .describe("its own branch and folder, the commit they begin with, and where they were made from"),
  depth: z.int(),
  labels: z.record(z.string(), z.string()),
  retry_of: z.string().nullable(),
  forked_from: z
    .object({ id: z.string(), turn: z.int() })
    .nullable()
    .describe("its first turns are that session's, which has paid them"),
  resumes: z.int().describe("how often it has ended and gone on"),
  created_at: time,
  started_at: time.nullable(),
  ended_at: time.nullable(),
  waiting_until: time.nullable(),
  approvals: z
    .array(z.object({ number: z.int(), tool: z.string(), what: z.string(), until: time, link: z.string() }))
    .describe("what it asks leave for while it waits for approval"),
  activity: z
    .string()
    .nullable()
    .describe("what it does now; in the queue, why it waits although slots are free"),
  turns: z.int(),
  usage: usageShape,
  cost_usd: usd.nullable().describe("null where a price is unknown"),
  budget: budgetShape.nullable().describe("its own, with all that it spawned"),
  result: resultShape.nullable(),
  error: z.object({ code: z.string(), detail: z.string() }).nullable(),
  links,
});

export const sessionListShape = z.object({
  sessions: z.array(sessionShape),
  next_cursor: z.string().nullable(),
});

export const batchShape = z.object({
  id: z.string(),
  status: z.enum(["running", "completed", "failed"]),
  counts: z.record(z.enum(sessionStatuses), z.int()),
  usage: usageShape,
  cost_usd: usd.nullable(),
  budget: budgetShape.nullable(),
  synthesis: z
    .object({
      text: z.string(),
      degraded: z.boolean(),
      missing: z.array(z.object({ id: z.string(), reason: z.string() })),
    })
    .nullable(),
  created_at: time,
  ended_at: time.nullable(),
  links,
});

/** One entry of a session's journal as a reader sees it; `data` is the event without its type. */
export const journalEntryShape = z.object({
  seq: z.int(),
  at: time,
  type: z.string(),
  data: z.json(),
  cut_characters: z
    .int()
    .optional()
    .describe("by how much its texts are shorter than in the journal, where longest_text asked for that"),
});

export const treeNodeShape = z.object({
  session: sessionShape,
  get children() {
    return z.array(treeNodeShape);
  },
});

/** What all sessions together may spend in this local day and month. */
export const limitsShape = z.object({ day: budgetShape, month: budgetShape });

export const costShape = z.object({
  from: time,
  to: time,
  cost_usd: usd,
  unpriced_calls: z.int(),
  possibly_billed_calls: z.int(),
  calls: z.int(),
  usage: usageShape,
  budget: limitsShape.nullable().describe("null: no limits"),
  rows: z.array(
    z.object({
      key: z.string(),
      sessions: z.int(),
      calls: z.int(),
      unpriced_calls: z.int(),
      usage: usageShape,
      cost_usd: usd,
    }),
  ),
  next_cursor: z.string().nullable().describe("with the same from, to and group_by: the next rows"),
});

export const poolShape = z.object({
  mode: z.enum(["pico", "mini", "pro"]),
  max_concurrent: z.int(),
  timeout_ms: z.int(),
  running: z.int(),
  queued: z.int(),
  waiting: z.int(),
  hold_up: z.string().nullable().describe("why queued sessions wait although slots are free"),
});

export const effortShape = z.enum(efforts);

export type UsageView = z.infer<typeof usageShape>;
export type SessionView = z.infer<typeof sessionShape>;
export type SessionListView = z.infer<typeof sessionListShape>;
export type BatchView = z.infer<typeof batchShape>;
export type JournalEntryView = z.infer<typeof journalEntryShape>;
export type TreeNodeView = z.infer<typeof treeNodeShape>;
export type CostView = z.infer<typeof costShape>;
export type BudgetView = z.infer<typeof budgetShape>;
export type LimitsView = z.infer<typeof limitsShape>;
export type PoolView = z.infer<typeof poolShape>;
