import { z } from "zod";
import type { CandidateView, ClaimView } from "../../contract/candidate-operations.ts";
import type { WholeThreadView } from "../../contract/thread-operations.ts";
import { ProfclawError } from "../../core/errors.ts";
import { urgencies } from "../../core/thread.ts";
import { maySpawn } from "../profile.ts";
import { defineTool, type ToolContext } from "../tool.ts";

const actions = ["list", "claim", "release", "pickup", "open", "note", "close"] as const;

const input = z.strictObject({
  action: z.enum(actions).default("list").describe("what to do; default list"),
  id: z.string().min(1).max(36).optional().describe("which; default none, for list and open"),
  claim_id: z.string().min(1).max(100).optional().describe("of your claim; default none"),
  lease_s: z.int().min(10).max(86_400).default(900).describe("claim: for so many seconds"),
  title: z.string().min(1).max(200).optional().describe("open: one line; default none"),
  text: z.string().min(1).max(16_384).optional().describe("for open, note, close, pickup; default none"),
  urgency: z.enum(urgencies).default("normal").describe("of open"),
  limit: z.int().min(1).max(100).default(20).describe("of list"),
});

type Input = z.output<typeof input>;

const seen = { id: z.string(), kind: z.string(), status: z.string(), title: z.string(), detail: z.string() };
const output = z.object({
  candidates: z.array(z.object({ ...seen, urgency: z.string(), cwd: z.string(), at: z.string() })).optional(),
  claim: z.object({ claim_id: z.string(), lease_until: z.string() }).optional(),
  released: z.boolean().optional(),
  tasks: z.array(z.string()).optional(),
  thread: z.object({ id: z.string(), state: z.string() }).optional(),
});

type Output = z.infer<typeof output>;

export const pickupCandidates = defineTool({
  name: "pickup_candidates",
  title: "Take up work that waits",
  description:
    "Work that nobody does: open threads, and sessions that failed, timed out or were interrupted. list shows it. " +
    "claim takes one for you alone, release gives it back. pickup spawns a session with the thread's notes, or " +
    "with the task and how far its last attempt came: collect with wait. open leaves work as a thread, note adds " +
    "to it, close ends it. For what is stale; for new work use spawn. list changes nothing.",
  hints: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  input,
  output,
  call: async (given, context) => ({ structured: await act[given.action](given, context) }),
});

const act: Record<(typeof actions)[number], (given: Input, context: ToolContext) => Promise<Output>> = {
  async list({ limit }, { handlers, call }) {
    const page = await handlers.listCandidates({ limit, claimed: "false" }, call);
    return { candidates: page.candidates.map(toSeen) };
  },
  async claim({ id, claim_id, lease_s }, { handlers, call, requestKey }) {
    const named = { id: require("id", id), claim_id, lease_s, idempotency_key: requestKey ?? undefined };
    return { claim: toOwn(await handlers.claimCandidate(named, call)) };
  },
  async release({ id, claim_id }, { handlers, call }) {
    const named = { id: require("id", id), claim_id: require("claim_id", claim_id) };
    return handlers.releaseCandidate(named, call);
  },
  async pickup({ id, claim_id, text: message }, context) {
    const { handlers, call, requestKey } = context;
    if (!(await maySpawn(handlers, context))) throw refuseToSpawn();
    const named = { id: require("id", id), claim_id, message, idempotency_key: requestKey ?? undefined };
    const { claim, sessions } = await handlers.pickUpCandidate(named, call);
    return { claim: toOwn(claim), tasks: sessions.map((session) => session.id) };
  },
  async open({ title, text: known, urgency }, { handlers, call, cwd, requestKey }) {
    const opening = {
      title: require("title", title),
      text: require("text", known),
      cwd: cwd ?? undefined,
      urgency,
      idempotency_key: requestKey ?? undefined,
    };
    return { thread: toState(await handlers.openThread(opening, call)) };
  },
  async note({ id, text: known }, { handlers, call, requestKey }) {
    const noting = { id: require("id", id), text: require("text", known) };
    return {
      thread: await handlers.noteThread({ ...noting, idempotency_key: requestKey ?? undefined }, call),
    };
  },
  async close({ id, text: known }, { handlers, call }) {
    return { thread: toState(await handlers.closeThread({ id: require("id", id), text: known }, call)) };
  },
};

function toSeen({ id, kind, status, urgency, title, detail, cwd, at }: CandidateView) {
  return { id, kind, status, urgency, title, detail, cwd, at };
}

function toOwn({ claim_id, lease_until }: ClaimView): Output["claim"] {
  return { claim_id, lease_until };
}

function toState({ id, state }: WholeThreadView): Output["thread"] {
  return { id, state };
}

function require(name: keyof Input, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new ProfclawError("invalid-request", `This action needs ${name}.`, {
    pointer: `/${name}`,
    hint: 'ids come from action "list", claim_id from action "claim".',
  });
}

function refuseToSpawn(): ProfclawError {
  return new ProfclawError("policy-denied", "This session was not given the right to spawn.", {
    pointer: "/action",
    hint: 'Claim it and do the work here, or ask your parent: whisper with to_cid "parent".',
  });
}
