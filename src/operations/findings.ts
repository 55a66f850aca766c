import { createHash } from "node:crypto";
import type { CallContext } from "../contract/implement.ts";
import type { FindingView } from "../contract/finding-operations.ts";
import { ProfclawError } from "../core/errors.ts";
import type { VotedFinding } from "../core/finding.ts";
import { createFindingsDesk, toFindingId } from "../engine/findings-desk.ts";
import { toAddress } from "../mailbox/actor.ts";
import { findActor } from "./find-actor.ts";
import { findBatch } from "./find-session.ts";
import type { OperationParts } from "./parts.ts";
import { toTimeText } from "./views.ts";

interface NewFinding {
  text: string;
  evidence: string[];
  batch_id?: string | undefined;
  idempotency_key?: string | undefined;
}

/** Under the author's own id; the same key from the same author is one finding. */
export async function distill(
  parts: OperationParts,
  input: NewFinding,
  { caller }: CallContext,
): Promise<FindingView> {
  const { text, evidence, batch_id: batchId, idempotency_key: key = parts.engineParts.newId() } = input;
  const actor = await findActor(parts, caller);
  const id = toFindingId(
    createHash("sha256")
      .update(`${toAddress(actor)} ${key}`)
      .digest("hex"),
  );
  const [rootId = null] = batchId === undefined ? [] : await listRoots(parts, batchId);
  const desk = createFindingsDesk(parts.engineParts);
  return toFindingView(await desk.distill(actor, { id, text, evidence, rootId }));
}

export async function voteDistill(
  parts: OperationParts,
  input: { finding_id: string; weight: number; reason?: string | undefined },
  { caller }: CallContext,
): Promise<FindingView> {
  const { finding_id: finding, weight, reason = null } = input;
  const desk = createFindingsDesk(parts.engineParts);
  return toFindingView(await desk.vote(await findActor(parts, caller), finding, { weight, reason }));
}

export async function listFindings(
  parts: OperationParts,
  input: { batch_id?: string | undefined; cursor?: string | undefined; limit: number },
  { caller }: CallContext,
): Promise<{ findings: FindingView[]; next_cursor: string | null }> {
  const { batch_id: batchId, cursor, limit } = input;
  const actor = await findActor(parts, caller);
  const roots = batchId === undefined ? undefined : await listRoots(parts, batchId);
  const all = await createFindingsDesk(parts.engineParts).list(actor, roots);
  const from = cursor === undefined ? 0 : all.findIndex(({ id }) => id === cursor) + 1;
  if (cursor !== undefined && from === 0) {
    throw new ProfclawError("invalid-request", `No finding here is ${JSON.stringify(cursor)}.`, {
      pointer: "cursor",
      hint: "Give back next_cursor as it was, or leave cursor out to begin anew.",
    });
  }
  const page = all.slice(from, from + limit);
  const hasMore = all.length > from + limit;
  return { findings: page.map(toFindingView), next_cursor: hasMore ? (page.at(-1)?.id ?? null) : null };
}

/** The trees that a batch's sessions belong to. */
async function listRoots({ engineParts: { store } }: OperationParts, batchId: string): Promise<string[]> {
  const { id } = await findBatch(store, batchId);
  const { sessions } = await store.listSessions({ batchId: id, limit: 1_000 });
  return [...new Set(sessions.map(({ rootId }) => rootId))];
}

function toFindingView({ id, author, text, evidence, votes, createdAt }: VotedFinding): FindingView {
  const score = votes.reduce((sum, { weight }) => sum + weight, 0);
  return {
    id,
    author_cid: author,
    text,
    evidence,
    score: Math.round(score * 1_000) / 1_000,
    votes: votes.map(({ voter, weight, reason, at }) => ({
      voter_cid: voter,
      weight,
      reason,
      at: toTimeText(at),
    })),
    created_at: toTimeText(createdAt),
  };
}
