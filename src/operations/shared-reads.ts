import type { SessionId } from "../core/id.ts";
import type { JournalQuery, Store } from "../store/store.ts";

/** What the readers of a session read when news of it come. */
export type SharedReads = Pick<Store, "readJournal" | "getSession">;

/**
 * One read for all who ask the same at once: fifty readers of a session are woken by the same news, and an
 * entry or a result may hold megabytes. Each gets the same, as objects too; nobody may change them.
 */
export function shareReads(store: SharedReads): SharedReads {
  return {
    readJournal: share((query: JournalQuery) => store.readJournal(query), toKey),
    getSession: share(
      (id: SessionId) => store.getSession(id),
      (id) => id,
    ),
  };
}

function share<Query, Value>(
  read: (query: Query) => Promise<Value>,
  keyOf: (query: Query) => string,
): (query: Query) => Promise<Value> {
  const inFlight = new Map<string, Promise<Value>>();
  return (query) => {
    const key = keyOf(query);
    const known = inFlight.get(key);
    if (known !== undefined) return known;
    const reading = read(query).finally(() => inFlight.delete(key));
    inFlight.set(key, reading);
    return reading;
  };
}

function toKey({ sessionId, afterSeq, limit }: JournalQuery): string {
  return `${sessionId} ${afterSeq} ${limit}`;
}
