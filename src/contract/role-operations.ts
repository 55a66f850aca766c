import { z } from "zod";
import { effortShape } from "./shapes.ts";
import { defineOperation } from "./define-operation.ts";

const roleShape = z.object({
  name: z.string(),
  description: z.string(),
  source: z.enum(["project", "user", "config", "built-in"]),
  path: z.string().nullable().describe("the file it stands in"),
  trusted: z.boolean().describe("false: it may only narrow level and tools"),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  tools: z.array(z.string()).nullable(),
  effort: effortShape.nullable(),
  permission_mode: z.string().nullable(),
  stance: z.string().describe("what the model is told"),
});

export const listRoles = defineOperation({
  name: "roles.list",
  method: "GET",
  path: "/roles",
  access: "local",
  kind: "call",
  input: z.strictObject({
    cwd: z.string().min(1).optional().describe("the folder whose project counts; default the daemon's"),
  }),
  output: z.object({ roles: z.array(roleShape), warnings: z.array(z.string()) }),
  successStatus: 200,
  summary: "The roles a session may take, here: the project's, the user's, the configuration's and ours.",
});

export type RoleListView = z.infer<typeof listRoles.output>;
