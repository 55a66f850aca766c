import type { ApprovalAnswer, ApprovalAsk, ApprovalStatus, StandingRule } from "../core/approval.ts";
import type { SessionId } from "../core/id.ts";

/** An ask as the store knows it: an index over the journals' `approval-ask` and `approval-answer` events. */
export interface ApprovalRecord extends ApprovalAsk {
  sessionId: SessionId;
  /** The session's workspace. */
  cwd: string;
  status: ApprovalStatus;
  askedAt: number;
  answeredAt: number | null;
  answer: ApprovalAnswer | null;
}

export interface ApprovalQuery {
  /** Default: of all sessions. */
  sessionId?: SessionId;
  /** True: only those that somebody can still answer. */
  openOnly: boolean;
  cursor?: string;
  limit: number;
}

export interface ApprovalPage {
  approvals: ApprovalRecord[];
  nextCursor: string | null;
}

export interface NewAnswer extends ApprovalAnswer {
  sessionId: SessionId;
  number: number;
  at: number;
  /** The same key again is the same answer: a client that was cut off repeats it. */
  key: string | null;
  /** Rules that are written down together with the answer. */
  rules: StandingRule[];
  /** Real path of the folder in which they count; left out: the session's workspace. */
  workspace?: string;
}

/**
 * `answered`: the answer is in the journal. `repeated`: it has been there before, by this key. `closed`: somebody was first, or its time is over; the
 * record says which. `ended`: the session is over. `unknown`: there was no such ask.
 */
export type AnswerOutcome =
  | { kind: "answered" | "repeated" | "closed" | "ended"; approval: ApprovalRecord }
  | { kind: "unknown" };

/** A rule and where it comes from. */
export interface RuleRecord {
  /** Of folder and rule: the same rule has the same id. */
  id: string;
  /** Real path of the folder in which it counts. */
  workspace: string;
  rule: StandingRule;
  createdAt: number;
  /** Whose ask it answered first. */
  sessionId: SessionId;
}

/** What sessions asked leave for, and what was answered. One of two answers wins. */
export interface ApprovalStore {
  /** Oldest first. */
  listApprovals(query: ApprovalQuery): Promise<ApprovalPage>;
  getApproval(sessionId: SessionId, number: number): Promise<ApprovalRecord | undefined>;
  /** Row, journal and rules in one transaction; an answer for `deadline` also after the time is over. */
  answerApproval(answer: NewAnswer): Promise<AnswerOutcome>;
  listRules(): Promise<RuleRecord[]>;
  /** False if there is no such rule. */
  deleteRule(id: string): Promise<boolean>;
}
