import type { Address } from "./message.ts";

/** Something that somebody has found out and puts to the vote of the others. */
export interface Finding {
  id: string;
  /** A session or a peer; from the connection, never from what was sent. */
  author: Address;
  /** The tree that it belongs to; null: of a peer, for all its trees. */
  rootId: string | null;
  text: string;
  /** Where it can be checked: `src/a.ts:12`, an address, a quotation. */
  evidence: string[];
  createdAt: number;
}

/** One voter's view of one finding; a later one takes the place of the earlier. */
export interface Vote {
  findingId: string;
  voter: Address;
  /** From −1, wrong, over 0, cannot tell, to 1, right. */
  weight: number;
  reason: string | null;
  at: number;
}

/** A finding with the votes of others; its author's own never get in. */
export interface VotedFinding extends Finding {
  votes: Vote[];
}
