import type { BatchId, SessionId } from "../core/id.ts";
import type { TextKind } from "../core/text-kind.ts";

export interface TextQuery {
  /** As a person types them: all in one text, or else any; `"two words"` stand together. */
  words: string;
  /** Only of this tree. */
  rootId?: string;
  batchId?: BatchId;
  kinds?: TextKind[];
  limit: number;
  /** So many of the best are left out: they were on a page before. */
  skip: number;
}

export interface FoundText {
  kind: TextKind;
  /** Null: of a peer, or of a thread. */
  sessionId: SessionId | null;
  /** The message, the finding, the thread of a note, or the session again. */
  ref: string;
  at: number;
  /** The part around the words, each of them between « and ». */
  snippet: string;
  /** BM25, higher is better; comparable within one answer only. */
  score: number;
}

/** The index of texts. It follows what is written, a little behind: no write waits for it. */
export interface SearchStore {
  /** Takes up to `limit` journal entries and as many messages into the index; answers how many entries are left. */
  indexTexts(limit: number): Promise<number>;
  /** The best first. */
  searchTexts(query: TextQuery): Promise<FoundText[]>;
}
