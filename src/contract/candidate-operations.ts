import { z } from "zod";
import { urgencies } from "../core/thread.ts";
import { budgetUsd } from "./budget-inputs.ts";
import { defineOperation } from "./define-operation.ts";
import { idempotencyKey } from "./mail-shapes.ts";
import { acceptedBatchShape, newSessionShape } from "./session-operations.ts";
import { folder } from "./thread-operations.ts";

export const candidateKinds = ["thread", "session"] as const;
const { max_turns, timeout, provider, model } = newSessionShape.shape;

/** Who has it; the claim's own id is told to the claimer alone. */
const holderShape = z.object({
  claimed_by: z.string().describe("a session's or a peer's id"),
  lease_until: z.iso.datetime(),
  batch_id: z.string().nullable().describe("what was spawned from it: the claim holds while that lives"),
});

export const candidateShape = z.object({
  id: z.string().describe("a thread's id or a session's"),
  kind: z.enum(candidateKinds),
  status: z.enum(["open", "failed", "timed_out", "interrupted"]),
  urgency: z.enum(urgencies),
  title: z.string(),
  detail: z.string().describe("the last note, or why the session ended so; cut to 2000 characters"),
  cwd: z.string(),
  parent_id: z.string().nullable(),
  at: z.iso.datetime().describe("since when it waits"),
  claim: holderShape.nullable().describe("null: it is free"),
  links: z.record(z.string(), z.string()),
});

export const claimShape = holderShape.extend({
  claim_id: z.string().describe("send it to renew, to release, and to spawn from the claim"),
  candidate_id: z.string(),
});

const byId = { id: z.string().min(1).max(36).describe("a candidate's id or a unique start of one") };
const claimId = z.string().min(1).max(100);
const leaseSeconds = z
  .int()
  .min(10)
  .max(86_400)
  .default(900)
  .describe("how long it is yours, in seconds: 10 to 86400, default 900");

export const listCandidates = defineOperation({
  name: "candidates.list",
  method: "GET",
  path: "/candidates",
  access: "local",
  kind: "call",
  input: z.strictObject({
    kind: z.enum(candidateKinds).optional().describe("left out: both"),
    cwd: folder.optional().describe("only in this folder"),
    claimed: z
      .enum(["true", "false"])
      .default("false")
      .describe("true: also those that somebody has claimed"),
    cursor: z.string().max(500).optional(),
    limit: z.coerce.number().int().min(1).max(1_000).default(100),
  }),
  output: z.object({ candidates: z.array(candidateShape), next_cursor: z.string().nullable() }),
  successStatus: 200,
  summary:
    "Work that waits, the most urgent and then the newest first: open threads; sessions that failed, timed out or were interrupted and were not retried.",
});

export const claimCandidate = defineOperation({
  name: "candidates.claim",
  method: "POST",
  path: "/candidates/{id}/claim",
  access: "local",
  kind: "call",
  input: z.strictObject({
    ...byId,
    lease_s: leaseSeconds,
    claim_id: claimId.optional().describe("renews this claim; left out: a new one"),
    idempotency_key: idempotencyKey,
  }),
  output: claimShape,
  successStatus: 200,
  example: { lease_s: 600 },
  summary: "Take a candidate for yourself for some time. Of many at once, one gets it.",
});

export const releaseCandidate = defineOperation({
  name: "candidates.release",
  method: "POST",
  path: "/candidates/{id}/release",
  access: "local",
  kind: "call",
  input: z.strictObject({ ...byId, claim_id: claimId }),
  output: z.object({ released: z.boolean().describe("false: it was not held by this claim") }),
  successStatus: 200,
  example: { claim_id: "3f0c2a1e-0000-4000-8000-000000000000" },
  summary: "Give a claim back before its lease is over.",
});

export const pickUpCandidate = defineOperation({
  name: "candidates.pick-up",
  method: "POST",
  path: "/candidates/{id}/pickup",
  access: "local",
  kind: "call",
  input: z.strictObject({
    ...byId,
    claim_id: claimId.optional().describe("a claim that you hold; left out: it is claimed with this"),
    message: z.string().max(16_384).optional().describe("what more the session is told"),
    provider,
    model,
    max_turns,
    timeout,
    budget_usd: budgetUsd.optional(),
    idempotency_key: idempotencyKey,
  }),
  output: acceptedBatchShape.extend({ claim: claimShape }),
  successStatus: 202,
  example: { message: "Start with the failing test." },
  summary:
    "Claim a candidate and spawn a session with the plan: a thread's notes, or the task with the last state of the session that did not get through.",
});

export type CandidateView = z.infer<typeof candidateShape>;
export type ClaimView = z.infer<typeof claimShape>;
export type ListCandidatesInput = z.output<typeof listCandidates.input>;
export type ClaimInput = z.output<typeof claimCandidate.input>;
export type PickUpInput = z.output<typeof pickUpCandidate.input>;
export type PickUpView = z.infer<typeof pickUpCandidate.output>;
