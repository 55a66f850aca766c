import { z } from "zod";
import type { ConfigPath } from "./config-file.ts";
import { configSchema, timeText } from "./config-schema.ts";

const { policy, roles } = configSchema.shape;

const hourMs = 3_600_000;

const worktree = z.strictObject({
  setup: z
    .string({ error: "must be text: commands for sh" })
    .regex(/\S/, { error: "must be commands for sh" })
    .max(65_536, { error: "at most 65536 characters" })
    .optional(),
  setup_timeout: timeText.refine((ms) => ms <= hourMs, { error: "at most 1h" }).optional(),
});

/** What a project's own file, `profclaw.yaml`, may say. */
export const projectSchema = z.strictObject({ policy, roles, worktree: worktree.optional() });

/** What is done in a new worktree alone: what else is wrong in the file changes nothing about it. */
export const worktreeSchema = z.looseObject({ worktree: worktree.optional() });

export type ProjectValues = z.infer<typeof projectSchema>;

/** The rules of a file alone: what else is wrong in it changes nothing about them. */
export const policySchemas = {
  user: z.looseObject({ policy }),
  project: z.strictObject({ policy, roles: z.unknown().optional(), worktree: z.unknown().optional() }),
} as const;

const reasons: Readonly<Record<string, string>> = {
  provider: "which provider your sessions pay is for you to say",
  model: "which model your sessions pay is for you to say",
  providers: "where your sessions and your keys go is for you to say",
  pool: "how much runs on your machine is for you to say",
  budgets: "what may be spent is for you to say",
  hints: "what your agents are advised is for you to say",
  mcpServers: "a project names its MCP servers in .mcp.json",
  webhooks: "whoever wrote a project must not be told what your sessions do",
};

/** Why a key of a person's file is none of a project's. */
export function refuseInProject(path: ConfigPath): string | undefined {
  const [key = "", ...below] = path;
  const reason = Object.hasOwn(reasons, key) ? reasons[key] : undefined;
  if (reason === undefined || below.length > 0) return undefined;
  return `${key} may stand in your own settings file only (profclaw config path), not in a project's: ${reason}`;
}
