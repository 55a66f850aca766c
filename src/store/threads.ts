import type { BatchId, SessionId } from "../core/id.ts";
import type { Address } from "../core/message.ts";
import type { Candidate, Claim, Thread, ThreadId, ThreadNote } from "../core/thread.ts";

export interface NewThread {
  thread: Omit<Thread, "notes" | "closedAt" | "closedBy" | "updatedAt">;
  note: ThreadNote;
  /** Refused where so many are open. */
  mostOpen: number;
  /** Those that were closed before (ms) go. */
  closedBefore: number;
}

export interface ThreadQuery {
  isOpen?: boolean;
  cwd?: string;
  /** What a session sees: its tree's threads, and in its folder those of people. */
  seenFrom?: { rootId: string; cwd: string };
  limit: number;
}

/** `full`: it has `mostNotes` notes. Nothing was written unless "noted". The same note id twice is one note. */
export type NoteOutcome = "noted" | "closed" | "full" | "unknown";
export type CloseOutcome = "closed" | "already" | "unknown";

export interface CandidateQuery {
  cwd?: string;
  /** What a session sees: its tree's threads as above, and its own children. */
  seenFrom?: { rootId: string; cwd: string; sessionId: SessionId };
  kinds: readonly Candidate["kind"][];
  limit: number;
}

export interface NewClaim {
  id: string;
  candidateId: string;
  claimedBy: Address;
  at: number;
  leaseUntil: number;
  /** Of the batch that is about to be spawned from it; a claim keeps the first one. */
  batchId: BatchId | null;
}

/**
 * `held`: somebody else has it. `gone`: nobody can pick it up any more, for the reason in `why`. Nothing was
 * written unless "claimed".
 */
export type ClaimOutcome =
  | { kind: "claimed"; claim: Claim }
  | { kind: "held"; claim: Claim }
  | { kind: "gone"; why: string }
  | { kind: "unknown" };

/** Work that waits: threads, and sessions that did not get to their end. */
export interface ThreadStore {
  /** The same id twice is one thread: then "known". */
  openThread(opening: NewThread): Promise<"opened" | "known" | "full">;
  getThread(id: ThreadId): Promise<Thread | undefined>;
  findThreadIds(prefix: string, limit: number): Promise<ThreadId[]>;
  /** The latest touched first. */
  listThreads(query: ThreadQuery): Promise<Thread[]>;
  /** The oldest first. */
  listNotes(id: ThreadId): Promise<ThreadNote[]>;
  noteThread(noting: { id: ThreadId; note: ThreadNote; mostNotes: number }): Promise<NoteOutcome>;
  /** With a last note, if there is one. */
  closeThread(closing: {
    id: ThreadId;
    by: Address;
    at: number;
    note: ThreadNote | null;
  }): Promise<CloseOutcome>;
  /** Deletes up to `limit` threads that were closed before (ms), with their notes; answers how many. */
  deleteClosedThreads(query: { before: number; limit: number }): Promise<number>;
  /** What that would delete in all. */
  countClosedThreads(query: { before: number }): Promise<number>;
  /**
   * Open threads, and sessions that failed, timed out or were interrupted and were not tried again. The latest
   * first of each kind. `limit` counts each kind.
   */
  listCandidates(query: CandidateQuery): Promise<Candidate[]>;
  /** Of many at once, one. The same claim id by the same claimer renews the lease. */
  claimCandidate(claim: NewClaim): Promise<ClaimOutcome>;
  /** False if there is no such claim, or a session lives by it. */
  releaseClaim(claim: { id: string; candidateId: string }): Promise<boolean>;
}
