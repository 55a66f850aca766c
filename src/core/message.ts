import type { SessionId } from "./id.ts";
import { type SessionStatus, isEndStatus } from "./session.ts";

/** Where mail goes: a session, a peer, or the batch that has neither above it. */
export type Address = string;

/** `queue`: when it would stop; `steer`: before its next model call; `interrupt`: that one is cut off first. */
export const deliveries = ["queue", "steer", "interrupt"] as const;
export type Delivery = (typeof deliveries)[number];

/** The sender of a message of kind "user". */
export const userSender = "user";

export const messageKinds = ["user", "whisper", "broadcast", "ask", "answer", "result"] as const;

/** Mail among sessions and peers, or from a person. At least once: it is unread until the addressee acks it. */
export interface Message {
  id: string;
  /** `user` is read as the user's own word, all others as quoted data. */
  kind: (typeof messageKinds)[number];
  /** A session's or a peer's id, or `userSender`. */
  from: string;
  to: Address;
  content: string;
  createdAt: number;
  ackedAt: number | null;
  delivery: Delivery;
  /** Of an answer: the id of its question. */
  replyTo?: string | null;
}

/** True for what a waiting session goes on for: a person's word that is not queued, and a question. */
export function isUrgent({ kind, delivery }: Pick<Message, "kind" | "delivery">): boolean {
  return kind === "ask" || (kind === "user" && delivery !== "queue");
}

/** What became of a message: `missed` if its session ended before it was read. */
export const receipts = ["queued", "delivered", "missed"] as const;
export type Receipt = (typeof receipts)[number];

export function toReceipt({ ackedAt }: Message, status: SessionStatus): Receipt {
  if (ackedAt !== null) return "delivered";
  return isEndStatus(status) ? "missed" : "queued";
}

/**
 * The id of the one result message that a session's end posts: the same however often it is tried. A
 * session that went on after `resumes` ends has one for each of them.
 */
export function toResultMessageId(from: SessionId, resumes = 0): string {
  return resumes === 0 ? `result-${from}` : `result-${from}.${resumes}`;
}
