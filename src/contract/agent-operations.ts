import { z } from "zod";
import { defineOperation } from "./define-operation.ts";

export const listAgents = defineOperation({
  name: "agents.list",
  method: "GET",
  path: "/agents",
  access: "local",
  kind: "call",
  input: z.strictObject({}),
  output: z.object({
    agents: z.array(
      z.object({
        name: z.string(),
        status: z
          .enum(["ready", "not-found", "not-logged-in", "too-old", "broken"])
          .describe(
            "not-found: its program is not on PATH; not-logged-in: it has neither a key nor a login; too-old: it is older than least_version; broken: it does not start",
          ),
        by: z
          .string()
          .nullable()
          .describe("exec: by codex exec, since its app-server does not start; null: in its own way"),
        program: z.string().nullable(),
        version: z.string().nullable().describe("what its program says; null where it says nothing"),
        least_version: z.string().nullable().describe("what its program has to be; null: anything will do"),
        provider: z.string().nullable().describe("whose models it calls; null: any of ours"),
        level: z.string().nullable().describe("the least level that a session needs to run it"),
        memory_mb: z
          .int()
          .nullable()
          .describe("what one of it takes, as far as is known; null: it runs in the daemon"),
        takes: z.array(z.string()).describe("fields of a spawn besides the task, and what can be done later"),
      }),
    ),
  }),
  successStatus: 200,
  summary: "What can run a session: our own loop, agents found on PATH, and programs of the user's settings.",
});

export type AgentListView = z.infer<typeof listAgents.output>;
