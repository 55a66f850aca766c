import type { SessionId } from "../core/id.ts";
import type { JournalEntry } from "../core/journal.ts";
import type { SessionRecord } from "../core/session.ts";
import type { Store } from "../store/store.ts";

const pageSize = 500;

/** A session's whole journal, in order. */
export function readWholeJournal(store: Store, sessionId: SessionId): Promise<JournalEntry[]> {
  return readJournalAfter(store, sessionId, 0);
}

/** What a fold needs: from the last snapshot on, where there is one. */
export function readJournalToFold(
  store: Store,
  { id, snapshotSeq }: Pick<SessionRecord, "id" | "snapshotSeq">,
): Promise<JournalEntry[]> {
  return readJournalAfter(store, id, Math.max(0, snapshotSeq - 1));
}

async function readJournalAfter(store: Store, sessionId: SessionId, after: number): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for (;;) {
    const afterSeq = entries.at(-1)?.seq ?? after;
    const page = await store.readJournal({ sessionId, afterSeq, limit: pageSize });
    entries.push(...page);
    if (page.length < pageSize) return entries;
  }
}
