import { z } from "zod";
import { grantRanks } from "../core/grants.ts";
import { defineOperation } from "./define-operation.ts";

const cell = z.enum(grantRanks);

const grantsShape = z.object({
  reads: cell,
  writes: cell,
  test_run: cell,
  bash: cell,
  network: cell,
  rest: cell,
});

const effect = z.enum(["deny", "ask", "allow"]);

const ruleShape = z.object({
  effect,
  rule: z.string().describe("as written"),
  source: z.string().describe("file:line:column"),
});

const where = {
  cwd: z
    .string()
    .min(1)
    .max(4_096)
    .optional()
    .describe("default: the folder in which the daemon was started"),
  permission_mode: z.string().min(1).max(100).optional().describe("default: auto"),
};

export const showPolicy = defineOperation({
  name: "policy.show",
  method: "GET",
  path: "/policy",
  access: "local",
  kind: "call",
  input: z.strictObject(where),
  output: z.object({
    cwd: z.string(),
    permission_mode: z.string(),
    levels: z.array(z.object({ name: z.string(), aliases: z.array(z.string()), grants: grantsShape })),
    files: z.array(
      z.object({
        file: z.string(),
        owner: z.enum(["user", "project"]),
        trust: z
          .enum(["trusted", "changed", "untrusted"])
          .describe("a file that is not trusted may only narrow; changed: it was trusted with other content"),
      }),
    ),
    rules: z.array(ruleShape.extend({ in_force: z.boolean() })),
    hosts: z.array(z.object({ host: z.string(), file: z.string(), in_force: z.boolean() })),
    standing: z.array(z.string()).describe("what was answered with always in this folder"),
  }),
  successStatus: 200,
  summary: "The policy in force in a folder: levels, rules and where each comes from.",
});

const path = z.string().min(1).max(4_096);

export const checkPolicy = defineOperation({
  name: "policy.check",
  method: "POST",
  path: "/policy/check",
  access: "local",
  kind: "call",
  input: z
    .strictObject({
      ...where,
      command: z.string().min(1).max(100_000).optional(),
      read: path.optional(),
      write: path.optional(),
      host: z.string().min(1).max(300).optional(),
    })
    .refine(
      ({ command, read, write, host }) =>
        [command, read, write, host].filter((one) => one !== undefined).length === 1,
      { error: "give exactly one of command, read, write and host", path: ["command"] },
    ),
  output: z.object({
    decision: effect,
    reason: z.string().nullable(),
    cwd: z.string(),
    permission_mode: z.string(),
    parts: z.array(
      z.object({
        what: z.string(),
        decision: effect,
        reason: z.string().nullable(),
        by: z.enum(["rule", "level", "shipped-list", "hosts", "protected", "standing", "free"]),
        rule: ruleShape.nullable(),
        level: z
          .object({ column: z.enum(["reads", "writes", "test_run", "bash", "network", "rest"]), grant: cell })
          .nullable()
          .describe("the cell of the level's row that decided"),
      }),
    ),
  }),
  successStatus: 200,
  example: { command: "git status" },
  summary:
    "Whether a call would be allowed, denied or asked for, part by part, and by what. Nothing is done.",
});

export type PolicyView = z.infer<typeof showPolicy.output>;
export type PolicyCheckView = z.infer<typeof checkPolicy.output>;
export type PolicyCheckInput = z.output<typeof checkPolicy.input>;
