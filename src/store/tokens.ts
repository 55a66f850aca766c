import type { SessionId } from "../core/id.ts";

/** Who holds a token that was given out. */
export interface TokenOwner {
  sessionId: SessionId;
  hasEnded: boolean;
}

/** Tokens of sessions, by their hashes: what is on the disk opens nothing. */
export interface TokenStore {
  /** The session's only token from now on. Answers false if it has ended, or there is none. */
  putToken(token: { sessionId: SessionId; hash: string }): Promise<boolean>;
  /** A session that has ended is told until it goes on; then its old token is nobody's. */
  findTokenOwner(hash: string): Promise<TokenOwner | undefined>;
}
