import { z } from "zod";

/** Agents that are known without an entry. */
const knownAgents = ["builtin", "claude", "codex", "gemini", "opencode"] as const;

const part = z.string({ error: "must be text" }).min(1).max(32_768, { error: "at most 32768 characters" });

const place = /\{(?:task|model|effort|session|cwd)\}/;

/** One entry of `agents:`: a program of the person's own that does a task. */
export const agentEntrySchema = z
  .strictObject({
    command: z
      .tuple([part], part, {
        error: "must be a list: the program, then its arguments; {task} stands for the task",
      })
      .refine((parts) => parts.length <= 200, { error: "must have at most 200 parts" }),
    output: z.enum(["text", "json-lines", "acp"], { error: "must be text, json-lines or acp" }).optional(),
    env: z
      .record(z.string().regex(/^[A-Za-z_]\w{0,99}$/, { error: "must be the name of a variable" }), part)
      .optional(),
    memory_mb: z
      .int({ error: "must be a whole number" })
      .min(1, { error: "must be 1 or more" })
      .max(1_048_576, { error: "must be at most 1048576" })
      .optional(),
    level: z
      .enum(["allowlist", "acceptEdits", "ask", "auto", "full"], {
        error: "must be allowlist, acceptEdits, ask, auto or full",
      })
      .optional(),
  })
  .refine(({ command, output }) => output !== "acp" || !command.some((word) => place.test(word)), {
    path: ["command"],
    error:
      "has places to fill in ({task} and such), but one of acp is told all that by its protocol: leave them out",
  });

export type AgentEntry = z.infer<typeof agentEntrySchema>;

/** What is wrong with an entry of that name; undefined: nothing. */
export function findAgentNameFault(name: string, entry: AgentEntry): string | undefined {
  if (name === "builtin") return "is profclaw's own agent: call yours something else";
  if (!isKnownAgent(name)) return undefined;
  const isPlain = entry.command.length === 1 && entry.output === undefined && entry.level === undefined;
  if (isPlain) return undefined;
  return `is an agent that profclaw knows how to run: its entry has command: [its program], env and memory_mb; else call yours something else`;
}

/** True for an agent whose entry only says where its program is. */
export function isKnownAgent(name: string): boolean {
  return knownAgents.some((known) => known === name);
}
