import type { Budget } from "../core/budget.ts";
import type { BatchId, SessionId } from "../core/id.ts";
import type { JournalEntry, JournalEvent } from "../core/journal.ts";
import type { Message } from "../core/message.ts";
import type { MicroUsd } from "../core/money.ts";
import type { PeerId } from "../core/peer.ts";
import type { ArtifactRef, SessionRecord, SessionSpec, SessionStatus } from "../core/session.ts";
import type { Usage } from "../core/usage.ts";
import type { WebhookTarget } from "../core/webhook.ts";
import type { ApprovalStore } from "./approvals.ts";
import type { CostStore, ModelCall } from "./costs.ts";
import type { EventStore } from "./events.ts";
import type { FindingStore } from "./findings.ts";
import type { FlowStore } from "./flows.ts";
import type { MailStore } from "./mail.ts";
import type { MessageStore } from "./messages.ts";
import type { SearchStore } from "./search.ts";
import type { ThreadStore } from "./threads.ts";
import type { TokenStore } from "./tokens.ts";
import type { WebhookStore } from "./webhooks.ts";

/**
 * All durable state. Every method is one atomic write or one consistent read, and resolves only
 * when the write is on disk. Writes of one tick share one commit. A store knows the epoch of the
 * daemon that opened it: once a later daemon has claimed the state, every write is refused with
 * StaleEpochError and changes nothing. A full disk is ProfclawError("storage-full").
 */
export interface Store
  extends
    ApprovalStore,
    CostStore,
    EventStore,
    FindingStore,
    FlowStore,
    MailStore,
    MessageStore,
    SearchStore,
    ThreadStore,
    TokenStore,
    WebhookStore {
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
  /** Entries with seq > afterSeq in order. */
  readJournal(query: JournalQuery): Promise<JournalEntry[]>;
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

export interface JournalQuery {
  sessionId: SessionId;
  afterSeq: number;
  limit: number;
}

export interface NewArtifact {
  id: string;
  sessionId: SessionId;
  name: string;
  text: string;
  createdAt: number;
}
