import { z } from "zod";
import { defineOperation } from "./define-operation.ts";

export const listTools = defineOperation({
  name: "tools.list",
  method: "GET",
  path: "/tools",
  access: "local",
  kind: "call",
  input: z.strictObject({}),
  output: z.object({
    tools: z.array(
      z.object({
        name: z.string(),
        description: z.string(),
        right: z.string().describe("the column of the levels that bounds it"),
        effect: z
          .enum(["pure", "keyed", "effect"])
          .describe("after a crash: run again, done again with the same key, or never run again"),
        input: z.record(z.string(), z.json()).describe("JSON Schema of what a model gives it"),
      }),
    ),
  }),
  successStatus: 200,
  summary: "The tools that a session of the builtin agent can have; a spawn names some in `tools`.",
});

export type ToolListView = z.infer<typeof listTools.output>;
