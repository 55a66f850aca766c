import type { BatchId, SessionId } from "./id.ts";
import type { Address } from "./message.ts";

/** From what can wait to what cannot. */
export const urgencies = ["low", "normal", "high"] as const;
export type Urgency = (typeof urgencies)[number];

export type ThreadId = string;

/** Work that somebody left open, with what is known of it. */
export interface Thread {
  id: ThreadId;
  title: string;
  urgency: Urgency;
  author: Address;
  /** The tree of the session that opened it; null where a person or an agent of theirs did. */
  rootId: string | null;
  /** The folder that it is about. */
  cwd: string;
  createdAt: number;
  /** When it was opened, or noted to for the last time. */
  updatedAt: number;
  closedAt: number | null;
  closedBy: Address | null;
  /** How many notes it has. */
  notes: number;
}

export interface ThreadNote {
  id: string;
  author: Address;
  at: number;
  text: string;
}

/** Who has taken a candidate, and until when it is theirs. */
export interface Claim {
  /** Who knows it may renew, release and spawn from the claim. */
  id: string;
  candidateId: string;
  claimedBy: Address;
  claimedAt: number;
  leaseUntil: number;
  /** What is spawned from it. While a session of it lives, the claim holds, whatever the lease says. */
  batchId: BatchId | null;
}

/** Something that waits for somebody to do it. */
export interface Candidate {
  /** The id of a thread or a session. */
  id: string;
  kind: "thread" | "session";
  /** `open`, or how the session ended. */
  status: "open" | "failed" | "timed_out" | "interrupted";
  urgency: Urgency;
  title: string;
  /** The last note, or why the session ended so. */
  detail: string;
  cwd: string;
  parentId: SessionId | null;
  /** Since when it waits. */
  at: number;
  /** Null if it is free. */
  claim: Claim | null;
}
