import type { SessionId } from "./id.ts";

/** Where mail goes: a session, or the batch that has no parent session. */
export type Address = string;

/** Mail between sessions. At least once: it is unread until the addressee acks it. */
export interface Message {
  id: string;
  kind: "result" | "whisper";
  from: SessionId;
  to: Address;
  content: string;
  createdAt: number;
  ackedAt: number | null;
}

/** The id of the one result message that a session's end posts: the same however often it is tried. */
export function toResultMessageId(from: SessionId): string {
  return `result-${from}`;
}
