import { z } from "zod";
import { costGroups } from "../core/cost-group.ts";
import { budgetTokens, budgetUsd } from "./budget-inputs.ts";
import { defineOperation } from "./define-operation.ts";
import { costShape, limitsShape, poolShape } from "./shapes.ts";

export const getCost = defineOperation({
  name: "cost.report",
  method: "GET",
  path: "/cost",
  access: "local",
  kind: "call",
  input: z.strictObject({
    from: z.iso.datetime({ offset: true }).optional(),
    to: z.iso.datetime({ offset: true }).optional(),
    group_by: z.enum(costGroups).default("model"),
    utc_offset_minutes: z.coerce.number().int().min(-840).max(840).optional(),
    cursor: z.string().min(1).max(2_000).optional(),
    limit: z.coerce.number().int().min(1).max(10_000).default(1_000).describe("rows; the sums are of all"),
  }),
  output: costShape,
  successStatus: 200,
  summary: "What model calls cost, from the ledger: days in order, else the dearest first, a page at a time.",
});

const limitShape = z
  .strictObject({ usd: budgetUsd.nullable().optional(), tokens: budgetTokens.nullable().optional() })
  .describe("replaces both; what is left out is no limit");

export const getCostLimits = defineOperation({
  name: "cost.limits",
  method: "GET",
  path: "/cost/limits",
  access: "local",
  kind: "call",
  input: z.strictObject({}),
  output: limitsShape,
  successStatus: 200,
  summary: "What all sessions may spend today and this month, and what is left of it.",
});

export const putCostLimits = defineOperation({
  name: "cost.limits.put",
  method: "PUT",
  path: "/cost/limits",
  access: "admin",
  kind: "call",
  input: z.strictObject({ day: limitShape.optional(), month: limitShape.optional() }),
  output: limitsShape,
  successStatus: 200,
  example: { day: { usd: "20.00" }, month: { usd: "200.00" } },
  summary: "Change the limits of day and month; they apply at once and are kept.",
});

export const getPool = defineOperation({
  name: "pool.get",
  method: "GET",
  path: "/pool",
  access: "local",
  kind: "call",
  input: z.strictObject({}),
  output: poolShape,
  successStatus: 200,
  summary: "How many sessions may run at once, and how many do.",
});

export const putPool = defineOperation({
  name: "pool.put",
  method: "PUT",
  path: "/pool",
  access: "admin",
  kind: "call",
  input: z.strictObject({
    mode: z.enum(["pico", "mini", "pro"]).optional(),
    max_concurrent: z.int().min(1).max(10_000).optional(),
    timeout_ms: z.int().min(1).optional(),
  }),
  output: poolShape,
  successStatus: 200,
  example: { max_concurrent: 20 },
  summary: "Change the pool; it applies at once.",
});

/**
 * What a client's shell brings: only POOL_*, PROFCLAW_MODE, budgets of day and month, rates, PATH, and
 * provider keys and base URLs. Keys stay in the daemon's memory.
 */
export const greetDaemon = defineOperation({
  name: "daemon.greet",
  method: "POST",
  path: "/daemon/greet",
  access: "admin",
  kind: "call",
  input: z.strictObject({
    version: z.string(),
    env: z.record(z.string(), z.string()),
  }),
  output: z.object({
    version: z.string(),
    /** What changed by this greeting, for people: "at most 25 sessions at once (was 10)". */
    changes: z.array(z.string()),
    /** False: all of it was known, keys included, and what was asked before is answered as it would be now. */
    is_news: z.boolean(),
  }),
  successStatus: 200,
  example: { version: "0.1.0", env: { POOL_MAX_CONCURRENT: "20" } },
  summary: "Bring the caller's shell settings to the daemon.",
});

export const getDaemon = defineOperation({
  name: "daemon.get",
  method: "GET",
  path: "/daemon",
  access: "local",
  kind: "call",
  input: z.strictObject({}),
  output: z.object({
    version: z.string(),
    pid: z.int(),
    started_at: z.iso.datetime(),
    port: z.int().nullable(),
    urls: z.array(z.string()),
    home: z.string(),
    rss_mb: z.number(),
    event_loop_delay_ms: z
      .object({ p50: z.number(), p99: z.number(), max: z.number() })
      .describe("of the worst ten seconds of the last minute"),
    notices: z.array(z.string()).describe("what a person should know, e.g. of damage that was healed"),
    pool: poolShape,
  }),
  successStatus: 200,
  summary: "The daemon: version, pid, address, load.",
});

export const rotateToken = defineOperation({
  name: "token.rotate",
  method: "POST",
  path: "/daemon/token",
  access: "admin",
  kind: "call",
  input: z.strictObject({}),
  output: z.object({
    token: z.string().describe("the new one"),
    path: z.string().describe("the file that it is in"),
  }),
  successStatus: 200,
  summary:
    "Replace the admin token. The old one is refused from now on and its streams end; the daemon and its sessions go on.",
});

export const stopDaemon = defineOperation({
  name: "daemon.stop",
  method: "POST",
  path: "/daemon/stop",
  access: "admin",
  kind: "call",
  input: z.strictObject({}),
  output: z.object({ stopping: z.literal(true) }),
  successStatus: 202,
  summary: "Drain and end the daemon. Sessions go on when it starts again.",
});

export type GreetView = z.infer<typeof greetDaemon.output>;
export type TokenView = z.infer<typeof rotateToken.output>;
export type DaemonView = z.infer<typeof getDaemon.output>;
