import type { EventListView, EventView, ListEventsInput } from "../contract/event-operations.ts";
import type { CallContext, StreamEvent } from "../contract/implement.ts";
import { createDeferred } from "../core/deferred.ts";
import type { EventQuery, NumberedEntry } from "../store/events.ts";
import { findBatch } from "./find-session.ts";
import type { OperationParts } from "./parts.ts";
import { toLabels } from "./read-sessions.ts";
import { toJournalEntryView } from "./views.ts";

const pageSize = 100;
// What many sessions write in so many ms is one read; readers are far less than 100 ms behind.
const gatherMs = 20;

/** A page of what all sessions lived through. */
export async function listEvents(parts: OperationParts, input: ListEventsInput): Promise<EventListView> {
  const query = await toQuery(parts, input);
  const page = await parts.engineParts.store.readEvents({ ...query, after: input.after ?? 0 });
  return {
    events: page.entries.map(toEventView),
    next_after: page.hasMore ? page.scannedTo : null,
  };
}

/**
 * The same, live and without end. A reader holds no more than a page; one that is slow reads on from where it
 * is, from the journal, and misses nothing.
 */
export async function* streamEvents(
  parts: OperationParts,
  input: ListEventsInput,
  { signal }: CallContext,
): AsyncGenerator<StreamEvent, void, void> {
  const { store } = parts.engineParts;
  const query = { ...(await toQuery(parts, input)), limit: pageSize };
  using news = watchAll(parts, signal);
  let after = input.after ?? (await store.readLastEvent());
  while (!signal.aborted) {
    const page = await store.readEvents({ ...query, after });
    for (const entry of page.entries) {
      yield { id: String(entry.number), event: entry.event.type, data: toEventView(entry) };
    }
    after = page.scannedTo;
    if (!page.hasMore) await news.next();
  }
}

async function toQuery(parts: OperationParts, input: ListEventsInput): Promise<Omit<EventQuery, "after">> {
  const { batch, label, status, limit } = input;
  return {
    limit,
    ...(batch === undefined ? {} : { batchId: (await findBatch(parts.engineParts.store, batch)).id }),
    ...(label === undefined ? {} : { labels: toLabels(label) }),
    ...(status === undefined ? {} : { statuses: status }),
  };
}

/** Wakes when any journal has grown since the last time. */
function watchAll(parts: OperationParts, signal: AbortSignal): Disposable & { next(): Promise<void> } {
  let grown = createDeferred<void>();
  const wake = (): void => grown.resolve();
  const unsubscribe = parts.engineParts.hub.subscribe(null, ({ kind }) => {
    if (kind === "journal") wake();
  });
  signal.addEventListener("abort", wake, { once: true });
  return {
    async next() {
      await grown.promise;
      if (signal.aborted) return;
      const gathered = createDeferred<void>();
      parts.clock.after(gatherMs, () => gathered.resolve());
      await gathered.promise;
      grown = createDeferred();
    },
    [Symbol.dispose]() {
      unsubscribe();
      signal.removeEventListener("abort", wake);
    },
  };
}

function toEventView(entry: NumberedEntry): EventView {
  const { number, sessionId, batchId } = entry;
  return { id: number, session_id: sessionId, batch_id: batchId, ...toJournalEntryView(entry) };
}
