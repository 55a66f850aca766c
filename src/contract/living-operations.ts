import { z } from "zod";
import { budgetTokens, budgetUsd } from "./budget-inputs.ts";
import { defineOperation } from "./define-operation.ts";
import { acceptedBatchShape, newSessionShape } from "./session-operations.ts";

const byId = { id: z.string().describe("a session's id or a unique start of one") };
const { task, max_turns, timeout, provider, model } = newSessionShape.shape;

const allowance = {
  max_turns: max_turns.describe("turns from now on; left out: as many as it had at first"),
  timeout,
  budget_usd: budgetUsd.optional().describe("USD from now on"),
  budget_tokens: budgetTokens.optional().describe("tokens from now on"),
  idempotency_key: z.string().min(1).max(200).optional(),
};

export const resumeSession = defineOperation({
  name: "sessions.resume",
  method: "POST",
  path: "/agents/sessions/{id}/resume",
  access: "local",
  kind: "call",
  input: z.strictObject({
    ...byId,
    ...allowance,
    message: task.optional().describe("what more is to do; a completed session needs it"),
  }),
  output: acceptedBatchShape,
  successStatus: 202,
  example: { message: "Now fix it" },
  summary: "Let an ended session go on: same id, same history, a clock and turns of its own.",
});

const another = {
  ...allowance,
  max_turns,
  provider,
  model,
  budget_usd: budgetUsd.optional().describe("USD; left out: as much as the first one had"),
  budget_tokens: budgetTokens.optional().describe("tokens; left out: as many as the first one had"),
};

export const retrySession = defineOperation({
  name: "sessions.retry",
  method: "POST",
  path: "/agents/sessions/{id}/retry",
  access: "local",
  kind: "call",
  input: z.strictObject({ ...byId, ...another }),
  output: acceptedBatchShape,
  successStatus: 202,
  example: { max_turns: 20 },
  summary: "Spawn the same session once more, from its beginning, under a new id.",
});

export const forkSession = defineOperation({
  name: "sessions.fork",
  method: "POST",
  path: "/agents/sessions/{id}/fork",
  access: "local",
  kind: "call",
  input: z.strictObject({
    ...byId,
    ...another,
    turn: z.int().optional().describe("the last turn that is copied, from 1; left out: the last there is"),
    message: task.optional().describe("what to do from there"),
  }),
  output: acceptedBatchShape,
  successStatus: 202,
  example: { turn: 1, message: "Try it another way" },
  summary:
    "Spawn a session that begins with the turns of another one, up to one of them. They are not paid again.",
});

export const removeSession = defineOperation({
  name: "sessions.remove",
  method: "DELETE",
  path: "/agents/sessions/{id}",
  access: "local",
  kind: "call",
  input: z.strictObject(byId),
  output: z.object({
    removed: z.array(z.string()).describe("its id, and those of all that it spawned"),
    artifacts: z.int(),
    worktrees_kept: z.array(z.string()).describe("folders that hold changes that are nowhere else"),
  }),
  successStatus: 200,
  summary:
    "Delete an ended session and all that it spawned: journals, mail, artifacts. What they cost stays.",
});

export const collectGarbage = defineOperation({
  name: "gc",
  method: "POST",
  path: "/gc",
  access: "admin",
  kind: "call",
  input: z.strictObject({ dry_run: z.boolean().default(false) }),
  output: z.object({
    dry_run: z.boolean(),
    ended_before: z.iso.datetime(),
    sessions: z.int(),
    journal_bytes: z.int(),
    artifacts: z.int(),
    artifact_bytes: z.int(),
    worktrees: z.int().describe("of ended sessions, with nothing in them that is nowhere else"),
    worktrees_kept: z.array(z.string()).describe("folders with changes that are not merged"),
    threads: z.int(),
  }),
  successStatus: 200,
  example: { dry_run: true },
  summary:
    "Delete now what is kept no longer: sessions that ended and threads that were closed more than 30 days ago, and worktrees whose changes are merged.",
});

export type RemovalView = z.infer<typeof removeSession.output>;
export type GarbageView = z.infer<typeof collectGarbage.output>;
export type ResumeInput = z.infer<typeof resumeSession.input>;
export type RetryInput = z.infer<typeof retrySession.input>;
export type ForkInput = z.infer<typeof forkSession.input>;
