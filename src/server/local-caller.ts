import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Caller } from "../contract/implement.ts";
import { isRead } from "./door.ts";
import { needsToken } from "./needs-token.ts";
import { createPeerLookup, type FindPeerSocket } from "./peer-socket.ts";
import type { SessionOfCommand } from "./session-marker.ts";
import { createSessionSearch, type KnownPeer } from "./session-search.ts";

/** Who calls, and the check to repeat before a commit. */
export interface Identity {
  caller: Caller;
  recheckCaller: () => Promise<void>;
  /** Aborted when this caller is let in no more; left out: never. */
  ends?: AbortSignal;
}

/** Tells who a tokenless connection belongs to. `uid` is the daemon's user. */
export type LocalLookup = (request: IncomingMessage, uid: number) => Promise<Identity>;

/**
 * Knows tokenless callers by their end of the connection. Throws `unauthorized` for other users, other
 * machines, connections that are no longer whole, and where there is no /proc.
 */
export function createLocalLookup(procFolder: string, sessionOfCommand: SessionOfCommand): LocalLookup {
  const findPeer = createPeerLookup(procFolder);
  const known = new WeakMap<Socket, KnownPeer>();
  const findSession = createSessionSearch(procFolder, sessionOfCommand);

  const findKnown = async (socket: Socket, uid: number): Promise<KnownPeer> => {
    const before = known.get(socket);
    if (before !== undefined) return before;
    const peer: KnownPeer = {
      inode: await requirePeer(socket, uid, findPeer),
      holder: null,
      sessionId: null,
    };
    known.set(socket, peer);
    return peer;
  };

  return async (request, uid) => {
    const { socket } = request;
    const peer = await findKnown(socket, uid);
    const recheckCaller = async (): Promise<void> => {
      const inode = await requirePeer(socket, uid, findPeer);
      if (inode !== peer.inode) throw needsToken("The connection has changed hands.");
    };
    // Who only reads may be any of our user's processes.
    const sessionId = isRead(request.method) ? null : await findSession(peer);
    const caller: Caller = sessionId === null ? { kind: "local" } : { kind: "session", sessionId };
    return { caller, recheckCaller };
  };
}

/** The inode of the peer's socket, if the peer is our user on this machine. */
async function requirePeer(socket: Socket, uid: number, findPeer: FindPeerSocket): Promise<string> {
  const peer = await findPeer(socket);
  if (peer?.uid === uid) return peer.inode;
  throw needsToken(
    peer === null
      ? "Without a token, the caller must be a process on this machine that is still connected."
      : "Without a token, the caller must be a process of the daemon's own user.",
  );
}
