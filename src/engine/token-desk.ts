import { createHash, randomBytes } from "node:crypto";
import { ProfclawError } from "../core/errors.ts";
import type { SessionId } from "../core/id.ts";
import type { SessionRecord } from "../core/session.ts";
import { toSessionToken } from "../core/session-token.ts";
import type { Store } from "../store/store.ts";

/** Tokens by which a session's processes say who they are. */
export interface TokenDesk {
  /**
   * The variables by which what a session starts finds the daemon and acts as the session. The token in it is the
   * same for as long as this daemon and the session live. Throws session-ended.
   */
  environmentOf(session: Pick<SessionRecord, "id" | "parentId">): Promise<Record<string, string>>;
  /** Whose it is; null for nobody's. Throws unauthorized for one whose session has ended. */
  findSession(token: string): Promise<SessionId | null>;
  /** The session has ended. */
  forget(sessionId: SessionId): void;
}

/** Only hashes are on the disk, so after a restart a session gets another when it needs one. */
export function createTokenDesk(store: Pick<Store, "putToken" | "findTokenOwner">, home: string): TokenDesk {
  const made = new Map<SessionId, Promise<string>>();

  const make = async (sessionId: SessionId): Promise<string> => {
    const token = toSessionToken(randomBytes(32).toString("base64url"));
    if (await store.putToken({ sessionId, hash: toHash(token) })) return token;
    throw new ProfclawError("session-ended", `Session ${sessionId} has ended: it gets no token.`);
  };
  const forget = (sessionId: SessionId): void => void made.delete(sessionId);
  const tokenOf = (sessionId: SessionId): Promise<string> => {
    const before = made.get(sessionId);
    if (before !== undefined) return before;
    const making = make(sessionId);
    made.set(sessionId, making);
    making.catch(() => forget(sessionId));
    return making;
  };
  return {
    environmentOf: async ({ id, parentId }) => ({
      PROFCLAW_HOME: home,
      PROFCLAW_TOKEN: await tokenOf(id),
      ...(parentId === null ? {} : { PROFCLAW_PARENT_ID: parentId }),
    }),
    async findSession(token) {
      const owner = await store.findTokenOwner(toHash(token));
      if (owner === undefined) return null;
      if (!owner.hasEnded) return owner.sessionId;
      throw new ProfclawError("unauthorized", `The session ${owner.sessionId} of this token has ended.`, {
        hint: "A token holds as long as its session. Act as yourself: unset PROFCLAW_TOKEN",
      });
    },
    forget,
  };
}

function toHash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
