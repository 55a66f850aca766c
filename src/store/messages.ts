import type { Address, Message } from "../core/message.ts";

export interface MessageQuery {
  to: Address;
  unackedOnly: boolean;
  /** Only what came after the message with this id; throws invalid-request if the addressee has none such. */
  afterId?: string;
  /** Leaves out what waits for the session to stop. */
  withoutQueued?: boolean;
  /** Leaves out what tells of a session's end. */
  withoutResults?: boolean;
  /** Only what was acked under this key. */
  ackKey?: string;
  limit: number;
}

/** Mail to sessions and batches. */
export interface MessageStore {
  /** Oldest first. */
  listMessages(query: MessageQuery): Promise<Message[]>;
  /** The same id twice is one message. */
  postMessage(message: Message): Promise<void>;
  getMessage(id: string): Promise<Message | undefined>;
}
