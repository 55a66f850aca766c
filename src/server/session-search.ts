import { needsToken } from "./needs-token.ts";
import { findSessionMarker, type SessionOfCommand } from "./session-marker.ts";
import { findSocketHolder, holdsSocket, type SocketHolder } from "./socket-holder.ts";

/** What is known of a connection: its other end stays the same socket, of the same user, for its life. */
export interface KnownPeer {
  inode: string;
  holder: SocketHolder | null;
  sessionId: string | null;
}

/** So many processes that called last are tried first when a new connection's holder is searched. */
const recentPids = 4;
/**
 * A process that was forked a moment ago holds its parent's connections until it runs a program of its own,
 * and may be found in the parent's place.
 */
const mostSearches = 5;

/**
 * Finds the session of whoever holds a connection's other end; null for a process of none. Throws
 * `unauthorized` where nobody is seen to hold it.
 */
export function createSessionSearch(
  procFolder: string,
  sessionOfCommand: SessionOfCommand,
): (peer: KnownPeer) => Promise<string | null> {
  const search = { procFolder, stopAtPid: process.pid, sessionOfCommand };
  const recent: number[] = [];

  /** Undefined if the one that was found has let go of it meanwhile. */
  const findMarker = async (peer: KnownPeer): Promise<string | null | undefined> => {
    if (peer.holder === null || !holdsSocket(peer.holder, peer.inode, procFolder)) {
      peer.holder = await findSocketHolder(peer.inode, procFolder, [...recent]);
    }
    const { holder } = peer;
    if (holder === null) throw needsToken("The process behind this connection cannot be seen.");
    const marker = findSessionMarker(holder.pid, search);
    if (!holdsSocket(holder, peer.inode, procFolder)) return undefined;
    recent.splice(0, recent.length, holder.pid, ...recent.filter((pid) => pid !== holder.pid));
    recent.length = Math.min(recent.length, recentPids);
    return marker;
  };

  /** Once a session's, always a session's: the process that called first may have ended since. */
  return async (peer) => {
    for (let tries = 0; tries < mostSearches; tries += 1) {
      const marker = await findMarker(peer);
      if (marker !== undefined) return (peer.sessionId ??= marker);
    }
    throw needsToken("The caller has ended.");
  };
}
