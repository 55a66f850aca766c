import { ProfclawError } from "../core/errors.ts";
import { isIdPrefix, toShortId } from "../core/id.ts";
import type { Peer } from "../core/peer.ts";
import type { SessionRecord } from "../core/session.ts";
import type { Store } from "../store/store.ts";
import { type Actor, toAddress } from "./actor.ts";

export type Addressee = { kind: "session"; session: SessionRecord } | { kind: "peer"; peer: Peer };

const mostCandidates = 6;
const hint = "See who is there: `peers`, or POST /api/peers";

/**
 * The session or peer of an id, a unique start of one, a peer's name, or "parent". Throws not-found,
 * ambiguous-id, invalid-request for the sender itself and policy-denied for another's tree.
 */
export async function findAddressee(store: Store, from: Actor, to: string): Promise<Addressee> {
  const found = to === "parent" ? await findParent(store, from) : await findOne(store, to);
  const id = found.kind === "session" ? found.session.id : found.peer.id;
  if (id === toAddress(from)) {
    throw new ProfclawError("invalid-request", `${id} is you: nobody writes to itself.`, {
      pointer: "to_cid",
      hint,
    });
  }
  await refuseForeign(store, from, found);
  return found;
}

async function findParent(store: Store, from: Actor): Promise<Addressee> {
  const { session } = from.kind === "session" ? from : { session: null };
  const above = session?.parentId ?? null;
  const parent = above === null ? undefined : await store.getSession(above);
  if (parent !== undefined) return { kind: "session", session: parent };
  const owner = session === null ? undefined : await store.findOwner(session.rootId);
  if (owner !== undefined) return { kind: "peer", peer: owner };
  throw new ProfclawError("not-found", "You have no parent that could be written to.", {
    pointer: "to_cid",
    hint,
  });
}

async function findOne(store: Store, text: string): Promise<Addressee> {
  const named = await store.getPeer(text);
  if (named !== undefined) return { kind: "peer", peer: named };
  const prefix = text.toLowerCase();
  const [sessionIds, peerIds] = isIdPrefix(prefix)
    ? await Promise.all([
        store.findSessionIds(prefix, mostCandidates),
        store.findPeerIds(prefix, mostCandidates),
      ])
    : [[], []];
  const ids = [...sessionIds, ...peerIds];
  if (ids.length > 1) refuseAmbiguous(text, ids);
  const [session, peer] = await Promise.all([
    sessionIds[0] === undefined ? undefined : store.getSession(sessionIds[0]),
    peerIds[0] === undefined ? undefined : store.getPeer(peerIds[0]),
  ]);
  if (session !== undefined) return { kind: "session", session };
  if (peer !== undefined) return { kind: "peer", peer };
  throw new ProfclawError("not-found", `No session or peer is ${JSON.stringify(text.slice(0, 80))}.`, {
    pointer: "to_cid",
    hint,
  });
}

function refuseAmbiguous(text: string, ids: readonly string[]): never {
  const shown = ids.map((id) => (toShortId(id) === text ? id : toShortId(id))).join(", ");
  throw new ProfclawError("ambiguous-id", `More than one session or peer starts with ${text}: ${shown}.`, {
    pointer: "to_cid",
    hint: "Give more characters of the one you mean.",
  });
}

/** A session writes within its tree, and to the peer that the tree belongs to. */
async function refuseForeign(store: Store, from: Actor, found: Addressee): Promise<void> {
  if (from.kind === "peer") return;
  const { rootId } = from.session;
  const isOwn =
    found.kind === "session"
      ? found.session.rootId === rootId
      : (await store.findOwner(rootId))?.id === found.peer.id;
  if (isOwn) return;
  const what = found.kind === "session" ? `Session ${found.session.id}` : `Peer ${found.peer.name}`;
  throw new ProfclawError("policy-denied", `${what} is not of your tree.`, {
    pointer: "to_cid",
    hint: `A session writes to sessions of its own tree and to its parent. ${hint}`,
  });
}
