import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { ProfclawError } from "../core/errors.ts";
import type { Operation } from "../contract/define-operation.ts";
import type { Caller } from "../contract/implement.ts";
import { isRead } from "./door.ts";
import { findPeerSocket } from "./peer-socket.ts";
import { findSessionMarker } from "./session-marker.ts";
import { findSocketHolder, holdsSocket, type SocketHolder } from "./socket-holder.ts";

/** Who calls, and the check to repeat before a commit. */
export interface Identity {
  caller: Caller;
  recheckCaller(): Promise<void>;
}

/** What the server knows about its callers. */
export interface AccessRules {
  /** The admin token. */
  token: string;
  /** Other tokens that were given out, as those of sessions. */
  callerOf: (token: string) => Promise<Caller | null>;
  /** False as soon as one address is not loopback: then everybody needs a token. */
  allowTokenless: boolean;
  /** The daemon's own user; null where the system has no such number. */
  uid: number | null;
  procFolder: string;
}

const tokenHint =
  'Add the header: Authorization: Bearer <token>, as in: curl -H "Authorization: Bearer $(cat ~/.profclaw/token)" … ' +
  "(`profclaw token show` prints the token)";
const trusted = async (): Promise<void> => {};

/** Which door a request came through; from the listener, since a closed connection has no addresses left. */
export type Transport = "unix" | "tcp";

/** Tells who calls. Throws `unauthorized` for nobody. */
export type Identify = (request: IncomingMessage, transport: Transport) => Promise<Identity>;

/** Builds the look at callers from the rules. */
export function createAccess(rules: AccessRules): Identify {
  const findLocal = createLocalLookup(rules);
  return async (request, transport) => {
    const authorization = request.headers.authorization;
    if (authorization !== undefined) {
      return { caller: await callerOfToken(authorization, rules), recheckCaller: trusted };
    }
    // The socket's file is 0600, so whoever connects is our user.
    if (transport === "unix") return { caller: { kind: "admin" }, recheckCaller: trusted };
    if (!rules.allowTokenless || rules.uid === null) throw noToken("This address needs a token.");
    return findLocal(request, rules.uid);
  };
}

/** Refuses callers without the right to this operation. */
export function checkRight(caller: Caller, operation: Operation): void {
  if (operation.access === "local" || caller.kind === "admin") return;
  throw new ProfclawError("unauthorized", `${operation.name} always needs the admin token.`, {
    hint: tokenHint,
  });
}

async function callerOfToken(authorization: string, rules: AccessRules): Promise<Caller> {
  const token = /^Bearer +(?<token>\S+) *$/i.exec(authorization)?.groups?.["token"];
  if (token === undefined) throw noToken("The Authorization header is not `Bearer <token>`.");
  if (isSameSecret(token, rules.token)) return { kind: "admin" };
  const caller = await rules.callerOf(token);
  if (caller === null) throw noToken("The token is not valid.");
  return caller;
}

/** Hashes first: then the length is the same, and the time tells nothing. */
function isSameSecret(sent: string, expected: string): boolean {
  return timingSafeEqual(toDigest(sent), toDigest(expected));
}

function toDigest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function noToken(detail: string): ProfclawError {
  return new ProfclawError("unauthorized", detail, { hint: tokenHint });
}

type LocalLookup = (request: IncomingMessage, uid: number) => Promise<Identity>;

/** Knows tokenless callers by their end of the connection; a connection's holder is looked up once. */
function createLocalLookup({ procFolder }: AccessRules): LocalLookup {
  const holders = new WeakMap<Socket, SocketHolder>();
  const recent: number[] = [];

  const findHolder = async (socket: Socket, inode: string): Promise<SocketHolder> => {
    const known = holders.get(socket);
    if (known !== undefined && holdsSocket(known, inode, procFolder)) return known;
    const found = await findSocketHolder(inode, procFolder, recent);
    if (found === null) throw noToken("The process behind this connection cannot be seen.");
    holders.set(socket, found);
    recent.splice(0, recent.length, ...[found.pid, ...recent.filter((pid) => pid !== found.pid)].slice(0, 4));
    return found;
  };

  return async (request, uid) => {
    const { socket } = request;
    const inode = requirePeer(socket, { uid, procFolder });
    const recheckCaller = async (): Promise<void> => {
      if (requirePeer(socket, { uid, procFolder }) !== inode)
        throw noToken("The connection has changed hands.");
    };
    // Who only reads may be any of our user's processes.
    if (isRead(request.method)) return { caller: { kind: "local" }, recheckCaller };
    const { pid } = await findHolder(socket, inode);
    const sessionId = findSessionMarker(pid, { procFolder, stopAtPid: process.pid });
    await recheckCaller();
    const caller: Caller = sessionId === null ? { kind: "local" } : { kind: "session", sessionId };
    return { caller, recheckCaller };
  };
}

/** The inode of the peer's socket, if the peer is our user on this machine. */
function requirePeer(socket: Socket, rules: { uid: number; procFolder: string }): string {
  const peer = findPeerSocket(socket, rules.procFolder);
  if (peer?.uid === rules.uid) return peer.inode;
  throw noToken(
    peer === null
      ? "Without a token, the caller must be a process on this machine that is still connected."
      : "Without a token, the caller must be a process of the daemon's own user.",
  );
}
