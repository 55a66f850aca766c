import type { CallContext } from "../contract/implement.ts";
import type { PeerView } from "../contract/inbox-operations.ts";
import type { Peer } from "../core/peer.ts";
import { type SessionRecord, liveStatuses } from "../core/session.ts";
import { type Actor, toAddress } from "../mailbox/actor.ts";
import { findActor } from "./find-actor.ts";
import type { OperationParts } from "./parts.ts";
import { toTimeText } from "./views.ts";

const mostSessions = 200;
const mostPeers = 100;
const seenWithinMs = 24 * 3_600_000;
const longestTask = 200;

/** A session sees its tree; a peer sees its trees and other peers; who has no name sees all. */
export async function listPeers(
  parts: OperationParts,
  context: CallContext,
): Promise<{ self: PeerView; peers: PeerView[]; truncated: boolean }> {
  const actor = await findActor(parts, context.caller);
  const own = toAddress(actor);
  const isNamed = context.caller.kind === "session" || context.caller.peer !== undefined;
  const [sessions, peers] = await Promise.all([
    listSessions(parts, actor, isNamed),
    listOthers(parts, actor),
  ]);
  const others = [
    ...peers.filter(({ id }) => id !== own).map(toPeerView),
    ...sessions.filter(({ id }) => id !== own).map((session) => toSessionPeer(parts, session)),
  ];
  return {
    self: actor.kind === "session" ? toSessionPeer(parts, actor.session) : toPeerView(actor.peer),
    peers: others,
    truncated: sessions.length === mostSessions,
  };
}

async function listSessions(parts: OperationParts, actor: Actor, isNamed: boolean): Promise<SessionRecord[]> {
  const inTree = actor.kind === "session" ? { rootId: actor.session.rootId } : {};
  const ofPeer = actor.kind === "peer" && isNamed ? { peerId: actor.peer.id } : {};
  const { sessions } = await parts.engineParts.store.listSessions({
    statuses: [...liveStatuses],
    ...inTree,
    ...ofPeer,
    limit: mostSessions,
  });
  return sessions;
}

async function listOthers(parts: OperationParts, actor: Actor): Promise<Peer[]> {
  const { store } = parts.engineParts;
  if (actor.kind === "peer") {
    return store.listPeers({ seenSince: parts.clock.now() - seenWithinMs, limit: mostPeers });
  }
  const owner = await store.findOwner(actor.session.rootId);
  return owner === undefined ? [] : [owner];
}

function toSessionPeer(parts: OperationParts, session: SessionRecord): PeerView {
  return {
    id: session.id,
    kind: "session",
    name: session.name,
    parent_id: session.parentId ?? session.peerId ?? null,
    status: session.status,
    task: session.task.slice(0, longestTask),
    activity: parts.engine.activityOf(session.id),
    seen_at: null,
  };
}

function toPeerView({ id, name, seenAt }: Peer): PeerView {
  return {
    id,
    kind: "peer",
    name,
    parent_id: null,
    status: null,
    task: null,
    activity: null,
    seen_at: toTimeText(seenAt),
  };
}
