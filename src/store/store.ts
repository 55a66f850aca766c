import type { Amount, Budget, BudgetCover, PeriodLimits } from "../core/budget.ts";
import type { CostGroup } from "../core/cost-group.ts";
import type { BatchId, SessionId } from "../core/id.ts";
import type { JournalEntry, JournalEvent, PriceUsed } from "../core/journal.ts";
import type { Message } from "../core/message.ts";
import type { MicroUsd } from "../core/money.ts";
import type { PeerId } from "../core/peer.ts";
import type { ArtifactRef, SessionRecord, SessionSpec, SessionStatus } from "../core/session.ts";
import type { Usage } from "../core/usage.ts";
import type { WebhookTarget } from "../core/webhook.ts";
import type { ApprovalStore } from "./approvals.ts";
import type { EventStore } from "./events.ts";
import type { MailStore } from "./mail.ts";
import type { MessageStore } from "./messages.ts";
import type { SearchStore } from "./search.ts";
import type { WebhookStore } from "./webhooks.ts";

/**
 * All durable state. Every method is one atomic write or one consistent read, and resolves only
 * when the write is on disk. Writes of one tick share one commit. A store knows the epoch of the
 * daemon that opened it: once a later daemon has claimed the state, every write is refused with
 * StaleEpochError and changes nothing. A full disk is ProfclawError("storage-full").
 */
export interface Store extends ApprovalStore, EventStore, MailStore, MessageStore, SearchStore, WebhookStore {
  /** The number of this opening; one higher than any before. */
  readonly epoch: number;
  acceptBatch(batch: NewBatch): Promise<AcceptOutcome>;
  /** What an idempotency key was used for, while it is kept. */
  findKey(key: string): Promise<{ bodyHash: string; batchId: BatchId } | undefined>;
  /** Brings an ended session back to the queue: of two at once, one. */
  reopenSession(reopening: Reopening): Promise<ReopenOutcome>;
  getSession(id: SessionId): Promise<SessionRecord | undefined>;
  /** Ids of sessions that start so, oldest first. */
  findSessionIds(prefix: string, limit: number): Promise<SessionId[]>;
  findBatchIds(prefix: string, limit: number): Promise<BatchId[]>;
  /** Newest first; `cursor` is opaque. Throws invalid-request for a cursor it never gave. */
  listSessions(query: SessionQuery): Promise<SessionPage>;
  /** Every session that has not ended, oldest first: what a start must take up again. */
  listLiveSessions(): Promise<SessionRecord[]>;
  getBatch(id: BatchId): Promise<BatchSummary | undefined>;
  /** Appends events, changes the row, books calls, moves mail: all or nothing. */
  write(write: SessionWrite): Promise<WriteOutcome>;
  /** Books a call that no session made; its session and batch are "". */
  bookCall(booking: { at: number; call: ModelCall }): Promise<void>;
  /** Entries with seq > afterSeq in order. */
  readJournal(query: JournalQuery): Promise<JournalEntry[]>;
  listCosts(query: CostQuery): Promise<CostRow[]>;
  /** All that was booked since then, with the worst case of the calls whose usage nobody knows. */
  sumCosts(from: number): Promise<Amount>;
  /** What has been spent under each budget of a session or batch, and in calls that no row tells of yet. */
  readSpending(): Promise<Spending>;
  /** What the latest completed sessions of a model cost that had a price, newest first. */
  listPastCosts(query: PastCostQuery): Promise<MicroUsd[]>;
  /** The periods whose limits were set, also those set to none. */
  readLimits(): Promise<Partial<PeriodLimits>>;
  /** Replaces the limits of the periods that are given. */
  writeLimits(limits: Partial<PeriodLimits>): Promise<void>;
  putArtifact(artifact: NewArtifact): Promise<ArtifactRef>;
  /** Undefined if unknown. */
  getArtifact(id: string): Promise<{ ref: ArtifactRef; sessionId: SessionId; text: string } | undefined>;
  /**
   * Deletes up to `limit` sessions that ended before (ms), with their journals and mail, and batches that
   * are empty then; answers how many. Trees in which one still lives stay, and the ledger stays. The
   * texts of their artifacts are left to `deleteStrayArtifacts`.
   */
  deleteEndedSessions(query: { endedBefore: number; limit: number }): Promise<number>;
  /** What that would delete in all. */
  measureEnded(query: { endedBefore: number }): Promise<EndedMeasure>;
  /** The same with some sessions; those that live, or whose tree does, stay. */
  removeSessions(ids: readonly SessionId[]): Promise<Removal>;
  /** Deletes those of the files in the artifacts' folder that no row names and that were not touched since `before` (ms). */
  deleteStrayArtifacts(query: { names: string[]; before: number }): Promise<number>;
  close(): Promise<void>;
}

/** Rows and bytes; a journal's are those of its JSON. */
export interface EndedMeasure {
  sessions: number;
  journalBytes: number;
  artifacts: number;
  artifactBytes: number;
}

export interface Removal {
  removed: SessionId[];
  /** Artifacts that no row names any more. */
  artifactIds: string[];
}

/** A later daemon owns the state folder: this one must stop, it can no longer write. */
export class StaleEpochError extends Error {
  override readonly name = "StaleEpochError";
}

export interface NewBatch {
  id: BatchId;
  parentId: SessionId | null;
  peerId?: PeerId | null;
  createdAt: number;
  /** Of all its sessions and what they spawn. */
  budget: Budget;
  sessions: SessionSpec[];
  /** How the journal of each of its sessions begins, and the turns that it tells of. */
  opening?: { events: JournalEvent[]; turns: number };
  idempotency: { key: string; bodyHash: string; expiresAt: number } | null;
  /** Who is told of its ends, beside those that the daemon tells. */
  webhook?: WebhookTarget;
}

/** `replayed`: the key was used with the same body, and this is the batch it made then. */
export type AcceptOutcome =
  | { kind: "accepted" }
  | { kind: "replayed"; batchId: BatchId }
  | { kind: "key-conflict" };

/** `event` is the first of the new life, `spec` what holds from then on. */
export interface Reopening {
  spec: SessionSpec;
  at: number;
  event: JournalEvent;
}

/** `alive`: it has not ended, or goes on already. Nothing was changed unless "reopened". */
export type ReopenOutcome = "reopened" | "alive" | "unknown";

export interface SessionQuery {
  statuses?: SessionStatus[];
  parentId?: SessionId;
  batchId?: BatchId;
  rootId?: string;
  /** All below what this peer spawned. */
  peerId?: PeerId;
  /** All must match. */
  labels?: Record<string, string>;
  cursor?: string;
  limit: number;
}

export interface SessionPage {
  sessions: SessionRecord[];
  nextCursor: string | null;
}

export interface BatchSummary {
  id: BatchId;
  parentId: SessionId | null;
  createdAt: number;
  budget: Budget;
  /** Null while one session lives. */
  endedAt: number | null;
  counts: Record<SessionStatus, number>;
  usage: Usage;
  costMicroUsd: MicroUsd;
  unpricedCalls: number;
}

/** The columns of a session that change during its life. */
export type SessionPatch = Partial<
  Pick<
    SessionRecord,
    "status" | "wait" | "reason" | "startedAt" | "endedAt" | "ranMs" | "turns" | "result" | "error"
  >
>;

export interface SessionWrite {
  sessionId: SessionId;
  at: number;
  events: JournalEvent[];
  patch: SessionPatch;
  /** Booked to the ledger and added to the session's usage and cost. */
  calls: ModelCall[];
  /** Mail posted in the same transaction, e.g. the result to the parent. */
  messages: Message[];
  /** Mail of this session that its journal now holds. */
  ackMessageIds: string[];
  /** Refused where mail has come that the session has not read: it would be lost in its end. */
  onlyWithoutMail: boolean;
}

/** `ended`: the session had ended before. `mail`: unread mail is there. Nothing was written then. */
export type WriteOutcome =
  | { kind: "written"; lastSeq: number }
  | { kind: "ended" }
  | { kind: "mail" }
  | { kind: "unknown" };

/** One row of the ledger. A call that may have been billed but brought no usage has `possiblyBilled`. */
export interface ModelCall {
  turn: number;
  provider: string;
  model: string;
  usage: Usage;
  /** Null: the price list does not know the model. */
  costMicroUsd: MicroUsd | null;
  price: PriceUsed | null;
  possiblyBilled: boolean;
  /** Of a call whose usage nobody knows: the worst case that was set aside for it. 0 otherwise. */
  reservedMicroUsd: MicroUsd;
  reservedTokens: number;
}

/** Money and tokens of the ledger, and the worst case of the calls whose usage nobody knows. */
export interface Spending {
  sessions: SessionSpending[];
  /** Set aside for calls that were in flight when the last daemon died: part of no sum of the ledger. */
  inFlight: Amount;
}

export interface SessionSpending extends Amount {
  covers: BudgetCover[];
}

export interface PastCostQuery {
  provider: string;
  model: string;
  limit: number;
}

export interface JournalQuery {
  sessionId: SessionId;
  afterSeq: number;
  limit: number;
}

/** `from` inclusive, `to` exclusive, ms. Days are local: `utcOffsetMinutes` east of UTC. */
export interface CostQuery {
  from: number;
  to: number;
  groupBy: CostGroup;
  utcOffsetMinutes: number;
}

export interface CostRow {
  key: string;
  sessions: number;
  calls: number;
  unpricedCalls: number;
  possiblyBilledCalls: number;
  usage: Usage;
  costMicroUsd: MicroUsd;
  /** The worst case of calls whose usage nobody knows. */
  reserved: Amount;
}

export interface NewArtifact {
  id: string;
  sessionId: SessionId;
  name: string;
  text: string;
  createdAt: number;
}
