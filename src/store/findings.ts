import type { Finding, Vote, VotedFinding } from "../core/finding.ts";
import type { Address } from "../core/message.ts";

/** Findings of these trees, and of these authors who belong to none; without either: all. */
export interface FindingQuery {
  rootIds?: readonly string[];
  authors?: readonly Address[];
  limit: number;
}

/** What was found out, and what others hold of it. */
export interface FindingStore {
  /** The same id twice is one finding. Answers false where the tree or author has `most` already. */
  addFinding(finding: Finding, most: number): Promise<boolean>;
  getFinding(id: string): Promise<VotedFinding | undefined>;
  /** Ids that start so. */
  findFindingIds(prefix: string, limit: number): Promise<string[]>;
  /** Oldest first. */
  listFindings(query: FindingQuery): Promise<VotedFinding[]>;
  /** One a voter and finding: a later one takes the place of the earlier. */
  castVote(vote: Vote): Promise<void>;
}
