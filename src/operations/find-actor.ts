import type { Caller } from "../contract/implement.ts";
import { ProfclawError } from "../core/errors.ts";
import { type Peer, type PeerId, userPeerName } from "../core/peer.ts";
import type { Actor } from "../mailbox/actor.ts";
import { findSession } from "./find-session.ts";
import type { OperationParts } from "./parts.ts";

const mostPeers = 1_000;

/** Who writes or reads mail in this call. Whoever gives no name is the peer "user". */
export async function findActor(parts: OperationParts, caller: Caller): Promise<Actor> {
  if (caller.kind === "session") {
    return { kind: "session", session: await findSession(parts.engineParts.store, caller.sessionId) };
  }
  const peer = await meetPeer(parts, caller.peer ?? userPeerName);
  return { kind: "peer", peer, isTrusted: caller.kind === "admin" };
}

/** The peer that gets the results of what this caller spawns; null for sessions and for who gives no name. */
export async function findSpawningPeer(parts: OperationParts, caller: Caller): Promise<PeerId | null> {
  if (caller.kind === "session" || caller.peer === undefined) return null;
  return (await meetPeer(parts, caller.peer)).id;
}

async function meetPeer(parts: OperationParts, name: string): Promise<Peer> {
  const { store, newId } = parts.engineParts;
  const peer = await store.meetPeer({ id: newId(), name, at: parts.clock.now(), most: mostPeers });
  if (peer !== undefined) return peer;
  throw new ProfclawError("too-many", `${mostPeers} peers have connected; there is no room for "${name}".`, {
    pointer: "Profclaw-Peer",
    hint: "Come back under a name that you have used before. Those that left nothing go after 30 days.",
  });
}
