import type { Claim } from "../../core/thread.ts";
import type { Scope } from "./connection.ts";

interface ClaimRow {
  candidate: string;
  id: string;
  claimed_by: string;
  claimed_at: number;
  lease_until: number;
  batch_id: string | null;
}

/** `held`: the claim that is in force. `doneAt`: when what was spawned from the last one completed. */
export interface ClaimState {
  held: Claim | null;
  doneAt: number | null;
}

/** A claim holds for its lease; once something was spawned from it, for as long as that lives. */
export function readClaimState(scope: Scope, candidateId: string): ClaimState {
  const raw = scope.statement("SELECT * FROM claims WHERE candidate = ?").get(candidateId);
  if (raw === undefined) return { held: null, doneAt: null };
  const claim = toClaim(raw as unknown as ClaimRow);
  const spawned = scope
    .statement(
      `SELECT COUNT(*) AS sessions, SUM(ended_at IS NULL) AS living,
         MAX(CASE WHEN status = 'completed' THEN ended_at END) AS done_at
       FROM sessions WHERE batch_id = ?`,
    )
    .get(claim.batchId ?? "");
  const isHeld =
    Number(spawned?.["sessions"]) > 0 ? Number(spawned?.["living"]) > 0 : claim.leaseUntil > scope.now;
  const doneAt = (spawned?.["done_at"] ?? null) as number | null;
  return { held: isHeld ? claim : null, doneAt };
}

/** In the place of any other. */
export function putClaim(scope: Scope, claim: Claim): void {
  scope
    .statement(
      `INSERT OR REPLACE INTO claims (candidate, id, claimed_by, claimed_at, lease_until, batch_id)
       VALUES (?, ?, ?, ?, ?, ?)`,
    )
    .run(claim.candidateId, claim.id, claim.claimedBy, claim.claimedAt, claim.leaseUntil, claim.batchId);
}

/** The claim of this id, in force or not. */
export function getClaim(
  scope: Scope,
  { id, candidateId }: { id: string; candidateId: string },
): Claim | null {
  const row = scope.statement("SELECT * FROM claims WHERE candidate = ? AND id = ?").get(candidateId, id);
  return row === undefined ? null : toClaim(row as unknown as ClaimRow);
}

export function releaseClaim(
  scope: Scope,
  { id, candidateId }: { id: string; candidateId: string },
): boolean {
  const { changes } = scope
    .statement(
      `DELETE FROM claims WHERE candidate = ? AND id = ? AND NOT EXISTS (
         SELECT 1 FROM sessions WHERE batch_id = claims.batch_id AND ended_at IS NULL)`,
    )
    .run(candidateId, id);
  return Number(changes) > 0;
}

function toClaim(row: ClaimRow): Claim {
  return {
    id: row.id,
    candidateId: row.candidate,
    claimedBy: row.claimed_by,
    claimedAt: row.claimed_at,
    leaseUntil: row.lease_until,
    batchId: row.batch_id,
  };
}
