import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Operation } from "../contract/define-operation.ts";
import type { Caller } from "../contract/implement.ts";
import { ProfclawError } from "../core/errors.ts";
import type { SessionId } from "../core/id.ts";
import { isPeerName } from "../core/peer.ts";
import { createLocalLookup, type Identity } from "./local-caller.ts";
import { needsToken } from "./needs-token.ts";
import type { SessionOfCommand } from "./session-marker.ts";

/** The admin token as it is now. */
export interface AdminToken {
  text: string;
  /** Aborted when another token takes its place. */
  replaced: AbortSignal;
}

/** What the server knows about its callers. */
export interface AccessRules {
  adminToken: () => AdminToken;
  /** Whose another token is; null for nobody's. Throws unauthorized for a session that has ended. */
  sessionOfToken: (token: string) => Promise<SessionId | null>;
  /** False as soon as one address is not loopback: then everybody needs a token. */
  allowTokenless: boolean;
  /** The daemon's own user; null where the system has no such number. */
  uid: number | null;
  procFolder: string;
  sessionOfCommand: SessionOfCommand;
}

const trusted = async (): Promise<void> => {};

/** Which door a request came through; from the listener, since a closed connection has no addresses left. */
export type Transport = "unix" | "tcp";

/** Tells who calls. Throws `unauthorized` for nobody. */
export type Identify = (request: IncomingMessage, transport: Transport) => Promise<Identity>;

/** Builds the look at callers from the rules. */
export function createAccess(rules: AccessRules): Identify {
  const identify = createLook(rules);
  return async (request, transport) => {
    const identity = await identify(request, transport);
    return { ...identity, caller: withPeer(identity.caller, request.headers[peerHeader]) };
  };
}

const peerHeader = "profclaw-peer";

/** The name under which an agent of the user's own comes. What a session is, it cannot say itself. */
function withPeer(caller: Caller, name: string | string[] | undefined): Caller {
  if (name === undefined) return caller;
  if (caller.kind === "session") {
    throw new ProfclawError("policy-denied", `Session ${caller.sessionId} acts as itself, not as a peer.`, {
      pointer: "Profclaw-Peer",
      hint: "Leave the header Profclaw-Peer out.",
    });
  }
  if (typeof name === "string" && isPeerName(name)) return { ...caller, peer: name };
  throw new ProfclawError("invalid-request", `The name ${JSON.stringify(name).slice(0, 80)} is not one.`, {
    pointer: "Profclaw-Peer",
    hint: 'Use 1 to 100 printable ASCII characters that are no id: "Profclaw-Peer: my-agent".',
  });
}

function createLook(rules: AccessRules): Identify {
  const findLocal = createLocalLookup(rules.procFolder, rules.sessionOfCommand);
  return async (request, transport) => {
    const authorization = request.headers.authorization;
    if (authorization !== undefined) {
      return identifyByToken(authorization, rules);
    }
    // The socket's file is 0600, so whoever connects is our user.
    if (transport === "unix") return { caller: { kind: "admin" }, recheckCaller: trusted };
    if (!rules.allowTokenless || rules.uid === null) throw needsToken("This address needs a token.");
    return findLocal(request, rules.uid);
  };
}

/** Refuses callers without the right to this operation. */
export function checkRight(caller: Caller, operation: Operation): void {
  if (operation.access === "local" || caller.kind === "admin") return;
  if (operation.access === "family" && caller.kind === "session") return;
  throw needsToken(`${operation.name} always needs the admin token.`);
}

async function identifyByToken(authorization: string, rules: AccessRules): Promise<Identity> {
  const token = /^Bearer +(?<token>\S+) *$/i.exec(authorization)?.groups?.["token"];
  if (token === undefined) throw needsToken("The Authorization header is not `Bearer <token>`.");
  const { text, replaced } = rules.adminToken();
  if (isSameSecret(token, text)) return toAdmin(replaced);
  return toSession(token, rules);
}

/** Looked up each time: with its session's end a token counts no more, also for what is about to be committed. */
async function toSession(token: string, rules: AccessRules): Promise<Identity> {
  const sessionId = await rules.sessionOfToken(token);
  if (sessionId === null) throw needsToken("The token is not valid.");
  return {
    caller: { kind: "session", sessionId },
    recheckCaller: async () => {
      if ((await rules.sessionOfToken(token)) === null) throw needsToken("The token has been replaced.");
    },
  };
}

/** With the token that let them in, streams end and what is about to be committed is not. */
function toAdmin(replaced: AbortSignal): Identity {
  return {
    caller: { kind: "admin" },
    ends: replaced,
    recheckCaller: async () => {
      if (replaced.aborted) throw needsToken("The token has been replaced.");
    },
  };
}

/** Hashes first: then the length is the same, and the time tells nothing. */
function isSameSecret(sent: string, expected: string): boolean {
  return timingSafeEqual(toDigest(sent), toDigest(expected));
}

function toDigest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
