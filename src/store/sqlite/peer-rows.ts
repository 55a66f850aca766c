import type { Peer, PeerId } from "../../core/peer.ts";
import type { Scope } from "./connection.ts";

// Seen to the minute: not every call has to write.
const seenEveryMs = 60_000;

const selectPeers = "SELECT id, name, created_at, seen_at FROM peers";

export function meetPeer(
  scope: Scope,
  { id, name, at, most }: { id: PeerId; name: string; at: number; most: number },
): Peer | undefined {
  const known = scope.statement(`${selectPeers} WHERE name = ?`).get(name);
  if (known !== undefined) return noteSeen(scope, toPeer(known), at);
  const { count } = scope.statement("SELECT COUNT(*) AS count FROM peers").get() ?? {};
  if (Number(count) >= most) return undefined;
  scope
    .statement("INSERT INTO peers (id, name, created_at, seen_at) VALUES (?, ?, ?, ?)")
    .run(id, name, at, at);
  return { id, name, createdAt: at, seenAt: at };
}

function noteSeen(scope: Scope, peer: Peer, at: number): Peer {
  if (Math.abs(at - peer.seenAt) < seenEveryMs) return peer;
  scope.statement("UPDATE peers SET seen_at = ? WHERE id = ?").run(at, peer.id);
  return { ...peer, seenAt: at };
}

export function getPeer(scope: Scope, idOrName: string): Peer | undefined {
  const byId = scope.statement(`${selectPeers} WHERE id = ?`).get(idOrName);
  return toOptionalPeer(byId ?? scope.statement(`${selectPeers} WHERE name = ?`).get(idOrName));
}

export function listPeers(scope: Scope, query: { seenSince: number; limit: number }): Peer[] {
  return scope
    .statement(`${selectPeers} WHERE seen_at >= ? ORDER BY seen_at DESC, number DESC LIMIT ?`)
    .all(query.seenSince, query.limit)
    .map(toPeer);
}

export function findOwner(scope: Scope, rootId: string): Peer | undefined {
  const owner = `${selectPeers} WHERE id = (SELECT peer_id FROM batches WHERE id = ?)`;
  return toOptionalPeer(scope.statement(owner).get(rootId));
}

function toOptionalPeer(row: object | undefined): Peer | undefined {
  return row === undefined ? undefined : toPeer(row);
}

function toPeer(raw: object): Peer {
  const row = raw as { id: string; name: string; created_at: number; seen_at: number };
  return { id: row.id, name: row.name, createdAt: row.created_at, seenAt: row.seen_at };
}

/** Mail of sessions goes with them, and a batch's with it; a peer's has an end of its own. */
export function deleteOldMail(scope: Scope, { before, limit }: { before: number; limit: number }): number {
  const { changes } = scope
    .statement(
      `DELETE FROM messages WHERE number IN (SELECT messages.number FROM messages
         JOIN peers ON peers.id = messages.addressee WHERE messages.created_at < ? LIMIT ?)`,
    )
    .run(before, limit);
  scope
    .statement(
      `DELETE FROM peers WHERE seen_at < ?
         AND NOT EXISTS (SELECT 1 FROM messages WHERE addressee = peers.id)
         AND NOT EXISTS (SELECT 1 FROM batches WHERE peer_id = peers.id)`,
    )
    .run(before);
  return Number(changes);
}
