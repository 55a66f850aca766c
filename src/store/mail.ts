import type { Address, Message } from "../core/message.ts";
import type { Peer, PeerId } from "../core/peer.ts";

/** Who a broadcast goes to: who is there when it is written. Ended sessions are not. */
export type MailScope =
  /** The living sessions of a tree, and the peer that it belongs to. */
  | { kind: "tree"; rootId: string }
  /** The living sessions of all trees of a peer. */
  | { kind: "peer"; peerId: PeerId }
  | { kind: "batch"; batchId: string }
  /** Every living session, and every peer that was seen since then (ms). */
  | { kind: "all"; seenSince: number };

export interface NewBroadcast {
  /** `id` and `to` are the broadcast's; each addressee gets a message of its own. */
  message: Omit<Message, "to" | "ackedAt">;
  scope: MailScope;
  /** Who has so much unread mail gets no more. */
  mostUnread: number;
}

/** The same id twice is one broadcast: then it answers what the first did, without who was full. */
export interface BroadcastOutcome {
  to: Address[];
  full: Address[];
}

export interface MailAck {
  to: Address;
  ids: readonly string[];
  at: number;
  key?: string | undefined;
}

/** A message that waits for an answer. */
export interface Question {
  id: string;
  asker: Address;
  addressee: Address;
  /** How long the asker waits, ms since the epoch. A later answer is mail like any other. */
  until: number;
  answerId: string | null;
}

/** `cycle`: who is asked waits, over others maybe, for who asks: `ring` are the addresses from one to the other. */
export type QuestionOutcome = { kind: "asked" } | { kind: "cycle"; ring: Address[] };

/** `answered`: another answer came first; nothing was written. */
export type AnswerOutcome = "posted" | "known" | "answered";

/** Mail among sessions and peers. */
export interface MailStore {
  postBroadcast(broadcast: NewBroadcast): Promise<BroadcastOutcome>;
  /** The same id twice is one question. */
  postQuestion(message: Message, until: number): Promise<QuestionOutcome>;
  getQuestion(id: string): Promise<Question | undefined>;
  /** `message.replyTo` is the question. */
  postAnswer(message: Message): Promise<AnswerOutcome>;
  /**
   * Acks mail of this addressee; mail of others and mail acked before stays as it is. Answers how many. With a
   * `key` it can be listed again as what was acked under it.
   */
  ackMail(mail: MailAck): Promise<number>;
  countUnread(to: Address): Promise<number>;
  /** The peer of this name, made at the first time; undefined where there are `most` others. */
  meetPeer(peer: { id: PeerId; name: string; at: number; most: number }): Promise<Peer | undefined>;
  /** By its id, else by its name. */
  getPeer(idOrName: string): Promise<Peer | undefined>;
  findPeerIds(prefix: string, limit: number): Promise<PeerId[]>;
  /** Those seen since then (ms), the latest first. */
  listPeers(query: { seenSince: number; limit: number }): Promise<Peer[]>;
  /** The peer that a tree belongs to. */
  findOwner(rootId: string): Promise<Peer | undefined>;
  /** Deletes up to `limit` messages to peers from before (ms), and peers that left nothing; answers how many messages. */
  deleteOldMail(query: { before: number; limit: number }): Promise<number>;
}
