import { z } from "zod";
import { approvalStatuses } from "../core/approval.ts";
import { defineOperation } from "./define-operation.ts";

const time = z.iso.datetime().describe("RFC 3339");

export const approvalShape = z.object({
  session_id: z.string(),
  number: z.int().describe("counts from 1 within the session"),
  status: z.enum(approvalStatuses).describe("closed: the session ended before anybody answered"),
  tool: z.string(),
  text: z.string().describe("what the call would do; whole where one approval is asked for"),
  truncated: z.boolean(),
  size_bytes: z.int().describe("of the whole text"),
  sha256: z.string().describe("of the call's canonical bytes; a yes is for exactly these, once"),
  reason: z.string(),
  cwd: z.string(),
  rule: z.string().nullable().describe('what "always" would write down; null: no rule can say it'),
  asked_at: time,
  until: time.describe("then the answer is no"),
  answered_at: time.nullable(),
  answered_by: z.string().nullable().describe("person, session <id>, or deadline"),
  answer_text: z.string().nullable(),
  links: z.record(z.string(), z.string()),
});

const ruleShape = z.object({
  id: z.string(),
  workspace: z.string().describe("the folder in which it counts"),
  rule: z.string(),
  created_at: time,
  session_id: z.string().describe("whose ask was answered so"),
});

const byNumber = {
  id: z.string().describe("a session's id or a unique start of one"),
  n: z.string().describe("the approval's number within the session"),
};

export const listApprovals = defineOperation({
  name: "approvals.list",
  method: "GET",
  path: "/approvals",
  access: "local",
  kind: "call",
  input: z.strictObject({
    session: z.string().optional(),
    status: z.enum(["open", "all"]).default("open"),
    cursor: z
      .string()
      .regex(/^\d{1,15}$/, "must be a next_cursor")
      .optional(),
    limit: z.coerce.number().int().min(1).max(1_000).default(100),
  }),
  output: z.object({ approvals: z.array(approvalShape), next_cursor: z.string().nullable() }),
  successStatus: 200,
  summary: "What sessions ask leave for, oldest first.",
});

export const getApproval = defineOperation({
  name: "approvals.get",
  method: "GET",
  path: "/agents/sessions/{id}/approvals/{n}",
  access: "local",
  kind: "call",
  input: z.strictObject(byNumber),
  output: approvalShape,
  successStatus: 200,
  summary: "One approval, with all of what the call would do.",
});

export const answerApproval = defineOperation({
  name: "approvals.answer",
  method: "POST",
  path: "/agents/sessions/{id}/approvals/{n}",
  access: "family",
  kind: "call",
  input: z.strictObject({
    ...byNumber,
    verdict: z.enum(["allow", "deny"]),
    text: z.string().max(20_000).optional().describe("told to the model with a deny"),
    always: z.boolean().optional().describe("also writes the approval's rule down for this folder"),
    idempotency_key: z.string().min(1).max(200).optional(),
    sha256: z.string().optional().describe("of what was read; the answer is refused if it is another call"),
  }),
  output: approvalShape,
  successStatus: 200,
  example: { verdict: "allow" },
  summary: "Answer an approval: once, for exactly that call. A parent session may within its own rights.",
});

const ruleListShape = z.object({ rules: z.array(ruleShape), next_cursor: z.string().nullable() });

export const listApprovalRules = defineOperation({
  name: "approvals.rules",
  method: "GET",
  path: "/approvals/rules",
  access: "local",
  kind: "call",
  input: z.strictObject({
    cursor: z.string().min(1).max(500).optional(),
    limit: z.coerce.number().int().min(1).max(1_000).default(1_000),
  }),
  output: ruleListShape,
  successStatus: 200,
  summary: 'The rules that were made by answering "always", oldest first, a page at a time.',
});

export const deleteApprovalRule = defineOperation({
  name: "approvals.rules.remove",
  method: "DELETE",
  path: "/approvals/rules/{rule}",
  access: "admin",
  kind: "call",
  input: z.strictObject({ rule: z.string().describe("a rule's id") }),
  output: ruleListShape,
  successStatus: 200,
  summary: "Remove a rule; answers those that are left, the first page of them.",
});

export type ApprovalView = z.infer<typeof approvalShape>;
export type ApprovalListView = z.infer<typeof listApprovals.output>;
export type RuleListView = z.infer<typeof listApprovalRules.output>;
export type AnswerInput = z.infer<typeof answerApproval.input>;
