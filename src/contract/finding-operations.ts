import { z } from "zod";
import { defineOperation } from "./define-operation.ts";

const longestText = 16_384;
const findingText = z
  .string()
  .max(longestText)
  .refine((text) => text.trim() !== "", "must not be empty")
  .describe("one checkable claim in one or two sentences, 1 to 16384 characters");
const evidence = z
  .array(z.string().min(1).max(1_000))
  .max(20)
  .default([])
  .describe("where it can be checked: src/a.ts:12, an address, a quotation; up to 20, default none");

export const findingShape = z.object({
  id: z.string(),
  author_cid: z.string().describe("a session's or a peer's id"),
  text: z.string(),
  evidence: z.array(z.string()),
  score: z.number().describe("sum of the votes' weights"),
  votes: z.array(
    z.object({
      voter_cid: z.string(),
      weight: z.number(),
      reason: z.string().nullable(),
      at: z.iso.datetime(),
    }),
  ),
  created_at: z.iso.datetime(),
});

const local = { destructiveHint: false, openWorldHint: false };

export const distill = defineOperation({
  name: "findings.distill",
  method: "POST",
  path: "/findings",
  access: "local",
  kind: "call",
  input: z.strictObject({
    text: findingText,
    evidence,
    batch_id: z
      .string()
      .min(1)
      .max(36)
      .optional()
      .describe(
        "for a user's agent: the batch that it is for; default all its own. A session's is its tree's",
      ),
    idempotency_key: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe("sent again under the same key, it is one finding; default none"),
  }),
  output: findingShape,
  successStatus: 200,
  summary: "Put a finding to the vote of the others.",
  example: { text: "The session token is never rotated.", evidence: ["src/auth/tokens.ts:12"] },
  tool: {
    name: "distill",
    title: "Record a finding",
    description:
      "Record one finding: a claim that others can check, with the evidence for it. Your tree sees it, may vote on it with vote_distill, and consolidate ranks it with the rest. One claim a call; for a message to somebody use whisper. It changes nothing but that record, which is under your own id.",
    annotations: { ...local, readOnlyHint: false, idempotentHint: false },
  },
});

export const voteDistill = defineOperation({
  name: "findings.vote",
  method: "POST",
  path: "/findings/{finding_id}/votes",
  access: "local",
  kind: "call",
  input: z.strictObject({
    finding_id: z.string().min(1).max(40).describe("of distill or consolidate; any unique start will do"),
    weight: z.number().min(-1).max(1).describe("from -1 (wrong) over 0 (cannot tell) to 1 (right, checked)"),
    reason: z.string().min(1).max(2_000).optional().describe("why, in a sentence; default none"),
  }),
  output: findingShape,
  successStatus: 200,
  summary: "Vote on somebody else's finding; a later vote takes the place of your earlier one.",
  example: { weight: 0.8, reason: "Read the code: it is so." },
  tool: {
    name: "vote_distill",
    title: "Vote on a finding",
    description:
      "Say how right somebody else's finding is, after you have checked its evidence yourself. You have one vote for each finding: a later one takes the place of the earlier. It changes nothing else. Not for findings of your own; consolidate shows those there are, with their ids.",
    annotations: { ...local, readOnlyHint: false, idempotentHint: true },
  },
});

export const listFindings = defineOperation({
  name: "findings.list",
  method: "GET",
  path: "/findings",
  access: "local",
  kind: "call",
  input: z.strictObject({
    batch_id: z.string().min(1).max(36).optional().describe("only those of this batch's trees"),
    cursor: z.string().min(1).max(40).optional().describe("next_cursor of the page before"),
    limit: z.coerce.number().int().min(1).max(1_000).default(100),
  }),
  output: z.object({ findings: z.array(findingShape), next_cursor: z.string().nullable() }),
  successStatus: 200,
  summary: "Findings with their votes, the oldest first.",
});

const joinedShape = z.object({
  rank: z.int(),
  verdict: z.enum(["accepted", "open", "contested", "rejected"]),
  score: z.number(),
  votes: z.int().describe("voters, each once, without the authors"),
  text: z.string(),
  authors: z.array(z.object({ id: z.string(), name: z.string() })),
  evidence: z.array(z.string()),
  sources: z.array(z.object({ kind: z.enum(["finding", "result"]), id: z.string(), author_cid: z.string() })),
});

export const consolidate = defineOperation({
  name: "findings.consolidate",
  method: "POST",
  path: "/findings/consolidate",
  access: "local",
  kind: "call",
  input: z.strictObject({
    tasks: z
      .array(z.string().min(1).max(36))
      .max(64)
      .default([])
      .describe("sessions whose findings and results count, with what is below them; up to 64, default none"),
    batch_id: z
      .string()
      .min(1)
      .max(36)
      .optional()
      .describe("all sessions of this batch; default none. Without both: all findings that you may see"),
    quorum: z
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe("so many votes decide on a finding, 1 to 64; default half of the others, at least 1"),
    synthesize: z
      .boolean()
      .default(false)
      .describe("true: a session writes the answer from the ranked list; its task_id is in synthesis"),
    model: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe("of that session: model or provider/model; default the provider's"),
  }),
  output: z.object({
    text: z.string().describe("the whole as one ranked answer"),
    quorum: z.int(),
    findings: z.array(joinedShape),
    conflicts: z.array(
      z.object({
        kind: z.enum(["opposite", "numbers", "split-vote"]),
        ranks: z.array(z.int()).describe("which findings"),
      }),
    ),
    degraded: z.boolean().describe("a session that was asked for did not complete"),
    missing: z.array(z.object({ id: z.string(), status: z.string(), reason: z.string().nullable() })),
    synthesis: z.object({ task_id: z.string(), status: z.string() }).nullable(),
  }),
  successStatus: 200,
  summary: "Findings and results as one ranked answer: duplicates joined, conflicts named, sources kept.",
  tool: {
    name: "consolidate",
    title: "One answer from many findings",
    description:
      "Join the findings and results of sessions into one ranked answer: what says the same is one, ranked by the votes of those who did not say it, with sources and evidence; contradictions and missing sessions are named. Uses no model and changes nothing, unless synthesize starts a session that writes the answer. Call it once the sessions have ended; before that the rest is listed as missing.",
    annotations: { ...local, readOnlyHint: false, idempotentHint: false },
  },
});

export type FindingView = z.infer<typeof findingShape>;
export type ConsolidateInput = z.output<typeof consolidate.input>;
export type ConsolidationView = z.infer<typeof consolidate.output>;
