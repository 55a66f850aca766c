import type {
  CandidateView,
  ClaimInput,
  ClaimView,
  ListCandidatesInput,
} from "../contract/candidate-operations.ts";
import { candidateKinds } from "../contract/candidate-operations.ts";
import type { CallContext, Caller } from "../contract/implement.ts";
import { ProfclawError } from "../core/errors.ts";
import type { SessionRecord } from "../core/session.ts";
import { type Candidate, type Claim, type Thread, urgencies } from "../core/thread.ts";
import { toAddress } from "../mailbox/actor.ts";
import type { NewClaim } from "../store/threads.ts";
import { findActor } from "./find-actor.ts";
import { findCandidateId, findSession } from "./find-session.ts";
import { refuseToDrive } from "./may-drive.ts";
import { pageOf } from "./page-of.ts";
import type { OperationParts } from "./parts.ts";
import { findSeenThread, toKeyedId, toSight } from "./threads.ts";
import { toTimeText } from "./views.ts";

/** The newest of each kind; who has more to do will not look at them. */
const mostOfAKind = 1_000;

export async function listCandidates(
  parts: OperationParts,
  input: ListCandidatesInput,
  { caller }: CallContext,
): Promise<{ candidates: CandidateView[]; next_cursor: string | null }> {
  const seenFrom = await toSight(parts, caller);
  const found = await parts.engineParts.store.listCandidates({
    kinds: input.kind === undefined ? candidateKinds : [input.kind],
    ...(input.cwd === undefined ? {} : { cwd: input.cwd }),
    ...(seenFrom === null ? {} : { seenFrom }),
    limit: mostOfAKind,
  });
  const wanted = input.claimed === "true" ? found : found.filter(({ claim }) => claim === null);
  const { items, nextCursor } = pageOf(wanted, {
    cursor: input.cursor,
    limit: input.limit,
    keyOf: ({ urgency, at, id }) => [-urgencies.indexOf(urgency), -at, id],
  });
  return { candidates: items.map(toCandidateView), next_cursor: nextCursor };
}

/** The same key of the same claimer is one claim. */
export async function claimCandidate(
  parts: OperationParts,
  input: ClaimInput,
  context: CallContext,
): Promise<ClaimView> {
  const { id } = await findPickable(parts, input.id, context.caller);
  const key = { ...input, id };
  await context.recheckCaller();
  return toClaimView(await takeClaim(parts, context.caller, { ...key, batchId: null }));
}

export async function releaseCandidate(
  parts: OperationParts,
  input: { id: string; claim_id: string },
  context: CallContext,
): Promise<{ released: boolean }> {
  const { id } = await findPickable(parts, input.id, context.caller);
  await context.recheckCaller();
  const released = await parts.engineParts.store.releaseClaim({ id: input.claim_id, candidateId: id });
  return { released };
}

/** What a caller may pick up. Throws not-found, ambiguous-id and policy-denied. */
export async function findPickable(
  parts: OperationParts,
  id: string,
  caller: Caller,
): Promise<{ id: string; thread: Thread } | { id: string; session: SessionRecord }> {
  const { store } = parts.engineParts;
  const found = await findCandidateId(store, id);
  if (found.kind === "thread") {
    return { id: found.id, thread: await findSeenThread(parts, found.id, caller) };
  }
  const session = await findSession(store, found.id);
  refuseToDrive(caller, session);
  return { id: session.id, session };
}

export interface WantedClaim {
  id: string;
  lease_s: number;
  claim_id?: string | undefined;
  idempotency_key?: string | undefined;
  batchId: string | null;
}

/** Throws candidate-claimed with who has it until when, and candidate-gone. */
export async function takeClaim(parts: OperationParts, caller: Caller, wanted: WantedClaim): Promise<Claim> {
  const claimedBy = toAddress(await findActor(parts, caller));
  const at = parts.clock.now();
  const scope = `${claimedBy}:claim:${wanted.id}:`;
  const asked: NewClaim = {
    id: wanted.claim_id ?? toKeyedId(parts, scope, wanted.idempotency_key),
    candidateId: wanted.id,
    claimedBy,
    at,
    leaseUntil: at + wanted.lease_s * 1_000,
    batchId: wanted.batchId,
  };
  const outcome = await parts.engineParts.store.claimCandidate(asked);
  if (outcome.kind === "claimed") return outcome.claim;
  if (outcome.kind === "held") throw refuseHeld(outcome.claim);
  const why = outcome.kind === "gone" ? outcome.why : `${wanted.id} has been removed.`;
  throw new ProfclawError("candidate-gone", why, {
    pointer: "id",
    hint: "What there is to pick up: GET /api/candidates, or pickup_candidates with action list.",
  });
}

function refuseHeld({ candidateId, claimedBy, leaseUntil, batchId }: Claim): ProfclawError {
  const until =
    batchId === null ? `until ${toTimeText(leaseUntil)}` : `while batch ${batchId} that it spawned lives`;
  return new ProfclawError("candidate-claimed", `${candidateId} is claimed by ${claimedBy} ${until}.`, {
    pointer: "id",
    hint: "Take another one, or come back then.",
  });
}

export function toClaimView(held: Claim): ClaimView {
  return { claim_id: held.id, candidate_id: held.candidateId, ...toHolder(held) };
}

function toHolder({ claimedBy, leaseUntil, batchId }: Claim): NonNullable<CandidateView["claim"]> {
  return { claimed_by: claimedBy, lease_until: toTimeText(leaseUntil), batch_id: batchId };
}

function toCandidateView({ at, parentId, claim: held, ...same }: Candidate): CandidateView {
  const { id, kind } = same;
  const self = kind === "thread" ? `/api/threads/${id}` : `/api/agents/sessions/${id}`;
  return {
    ...same,
    parent_id: parentId,
    at: toTimeText(at),
    claim: held === null ? null : toHolder(held),
    links: { [kind]: self, pickup: `/api/candidates/${id}/pickup` },
  };
}
