import type { Address } from "../core/message.ts";
import type { Peer } from "../core/peer.ts";
import type { SessionRecord } from "../core/session.ts";

/** Who writes or reads: a session, or an agent of the user's own. From the connection, never from what was sent. */
export type Actor =
  | { kind: "session"; session: SessionRecord }
  /** `isTrusted`: with the token or the socket; it may also wake a session of level full. */
  | { kind: "peer"; peer: Peer; isTrusted: boolean };

export function toAddress(actor: Actor): Address {
  return actor.kind === "session" ? actor.session.id : actor.peer.id;
}
