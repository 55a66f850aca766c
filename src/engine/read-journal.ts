import type { SessionId } from "../core/id.ts";
import type { JournalEntry } from "../core/journal.ts";
import type { Store } from "../store/store.ts";

const pageSize = 500;

/** A session's whole journal, in order. */
export async function readWholeJournal(store: Store, sessionId: SessionId): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for (;;) {
    const afterSeq = entries.at(-1)?.seq ?? 0;
    const page = await store.readJournal({ sessionId, afterSeq, limit: pageSize });
    entries.push(...page);
    if (page.length < pageSize) return entries;
  }
}
