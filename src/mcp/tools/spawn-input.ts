import { z } from "zod";
import { efforts } from "../../core/session.ts";
import { permissionModes } from "../../policy/levels.ts";

const week = 604_800_000;

const document = {
  prompt: z
    .string()
    .min(1)
    .max(400_000)
    .describe("the whole task; the child sees nothing of this conversation. 1 to 400000 characters"),
  cwd: z.string().min(1).optional().describe("absolute folder it works in; default the caller's"),
  append_system: z.string().max(100_000).optional().describe("added to its system prompt; default nothing"),
  model: z.string().min(1).max(200).optional().describe("model or provider/model; default the provider's"),
  effort: z.enum(efforts).optional().describe("how hard it thinks; default the model's own"),
  permission_mode: z
    .enum(permissionModes as [string, ...string[]])
    .optional()
    .describe("what it may do, never more than the caller; full needs a person")
    .meta({ default: "auto" }),
  extra_allowed_tools: z
    .array(z.string())
    .max(200)
    .optional()
    .describe("tools on top of what it would get, e.g. sessions_spawn; default none"),
  capture_output: z.boolean().default(true).describe("false: the result is kept, but no log is shown"),
  visible: z
    .boolean()
    .default(true)
    .describe(
      "true: a window follows it live where the client has tmux or a display, else the answer has the command; default true",
    ),
  role: z
    .string()
    .min(1)
    .max(80)
    .optional()
    .describe("a stance, e.g. skeptic, critic, explorer; default none"),
  write_origin: z
    .string()
    .max(256)
    .optional()
    .describe("a note where this comes from, kept as a label; gives no right; default none"),
  slim: z
    .boolean()
    .default(true)
    .describe("true: without other MCP servers; false: the user's, at most those the caller has"),
};

const additions = {
  roles: z
    .array(z.string().min(1).max(80))
    .min(1)
    .max(16)
    .optional()
    .describe("a panel instead: one child per role, 1 to 16, blind to each other; default one child"),
  agent: z.string().min(1).max(200).optional().describe("what runs it; default builtin"),
  provider: z.string().min(1).max(100).optional().describe("default the first with a key"),
  tools: z.array(z.string()).max(200).optional().describe("exactly these tools; default all its mode allows"),
  name: z.string().min(1).max(80).optional().describe("shown in lists; default none"),
  timeout_ms: z
    .int()
    .min(1)
    .max(week)
    .optional()
    .describe("how long it may run, 1 to 604800000; default 300000; queued time not counted"),
  budget_usd: z
    .number()
    .positive()
    .max(1_000_000)
    .optional()
    .describe("most USD it may spend, with all it spawns; default no limit"),
  labels: z
    .record(z.string().regex(/^[\w.-]{1,64}$/), z.string().max(256))
    .optional()
    .describe("key: value, to find it by; default none"),
  worktree: z
    .boolean()
    .optional()
    .describe(
      "own branch and folder; default true where two or more of a call may write in one git repository",
    ),
  idempotency_key: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("the same key and arguments within 24 h start nothing twice; default none"),
};

/** The document's twelve inputs, then ours. */
export const spawnInput = z.strictObject({ ...document, ...additions });

export type SpawnInput = z.output<typeof spawnInput>;
