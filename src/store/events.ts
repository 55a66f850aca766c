import type { BatchId } from "../core/id.ts";
import type { JournalEntry, JournalEvent } from "../core/journal.ts";
import type { SessionStatus } from "../core/session.ts";

/** Some entries of all journals, in the order in which they were written. */
export interface EventQuery {
  /** A number: only later ones. */
  after: number;
  limit: number;
  batchId?: BatchId;
  /** All must match. */
  labels?: Record<string, string>;
  /** Only events of these types. */
  types?: JournalEvent["type"][];
  /** Of the session, as it is now. */
  statuses?: SessionStatus[];
}

export interface NumberedEntry extends JournalEntry {
  /** Its place among all; it only grows, and is never given twice. */
  number: number;
  batchId: BatchId;
}

export interface EventPage {
  entries: NumberedEntry[];
  /** As far as was looked: where the next page begins, also where this one has nothing. */
  scannedTo: number;
  /** False: there was nothing behind it. */
  hasMore: boolean;
}

/** All journals as one. */
export interface EventStore {
  /** Looks at a bounded part and answers what fits into it: a page may be empty before the end. */
  readEvents(query: EventQuery): Promise<EventPage>;
  /** The number of the newest entry that there ever was. */
  readLastEvent(): Promise<number>;
}
