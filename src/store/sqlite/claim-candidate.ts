import type { Claim } from "../../core/thread.ts";
import type { ClaimOutcome, NewClaim } from "../threads.ts";
import { isDealtWith, laterTry } from "./candidate-rows.ts";
import { getClaim, putClaim, readClaimState } from "./claim-rows.ts";
import type { Scope } from "./connection.ts";
import { getThread } from "./thread-rows.ts";

/** In one transaction: is it still a candidate, is it free, and whose is it now. */
export function claimCandidate(scope: Scope, wanted: NewClaim): ClaimOutcome {
  const own = getClaim(scope, wanted);
  // Whoever repeats a request whose answer was lost gets on, also when what it spawned has ended.
  if (own?.claimedBy === wanted.claimedBy && own.batchId !== null) return { kind: "claimed", claim: own };
  const { held, doneAt } = readClaimState(scope, wanted.candidateId);
  const isOwn = held !== null && held.id === wanted.id && held.claimedBy === wanted.claimedBy;
  if (held !== null && !isOwn) return { kind: "held", claim: held };
  const why = findReason(scope, wanted.candidateId, doneAt);
  if (why === "unknown") return { kind: "unknown" };
  if (why !== null) return { kind: "gone", why };
  const claim: Claim = {
    id: wanted.id,
    candidateId: wanted.candidateId,
    claimedBy: wanted.claimedBy,
    claimedAt: held?.claimedAt ?? wanted.at,
    // Spawning from a claim makes it no shorter.
    leaseUntil:
      wanted.batchId === null ? wanted.leaseUntil : Math.max(held?.leaseUntil ?? 0, wanted.leaseUntil),
    batchId: wanted.batchId,
  };
  putClaim(scope, claim);
  return { kind: "claimed", claim };
}

/** Why nobody can pick it up; null if somebody can. */
function findReason(scope: Scope, id: string, doneAt: number | null): string | null {
  const thread = getThread(scope, id);
  if (thread === undefined) return findSessionReason(scope, id);
  if (thread.closedAt !== null) return `Thread ${id} is closed.`;
  if (!isDealtWith(thread, doneAt)) return null;
  return `What was picked up of thread ${id} has completed; nothing was noted since.`;
}

function findSessionReason(scope: Scope, id: string): string | null {
  const row = scope
    .statement(`SELECT status, (${laterTry} LIMIT 1) AS later FROM sessions WHERE id = ?`)
    .get(id);
  if (row === undefined) return "unknown";
  const status = String(row["status"]);
  if (!["failed", "timed_out", "interrupted"].includes(status)) return `Session ${id} is ${status}.`;
  return row["later"] === null ? null : `Session ${id} was tried again as ${String(row["later"])}.`;
}
