import type { JournalEntry } from "../core/journal.ts";
import type { JournalQuery, Store } from "../store/store.ts";

type ReadJournal = Store["readJournal"];

/**
 * One read for all who ask the same at once: fifty readers of a session are woken by the same news, and an
 * entry may hold megabytes. Each gets the same entries, as objects too; nobody may change them.
 */
export function shareReads(store: Pick<Store, "readJournal">): ReadJournal {
  const inFlight = new Map<string, Promise<JournalEntry[]>>();
  return (query) => {
    const key = toKey(query);
    const known = inFlight.get(key);
    if (known !== undefined) return known;
    const reading = store.readJournal(query).finally(() => inFlight.delete(key));
    inFlight.set(key, reading);
    return reading;
  };
}

function toKey({ sessionId, afterSeq, limit }: JournalQuery): string {
  return `${sessionId} ${afterSeq} ${limit}`;
}
