import type { CallContext, StreamEvent } from "../contract/implement.ts";
import type { SessionEventsView } from "../contract/session-operations.ts";
import type { JournalEntryView } from "../contract/shapes.ts";
import type { SessionId } from "../core/id.ts";
import type { JournalEntry } from "../core/journal.ts";
import { isEndStatus } from "../core/session.ts";
import { findSession } from "./find-session.ts";
import type { SharedReads } from "./shared-reads.ts";
import type { HubNews } from "../engine/hub.ts";
import type { OperationParts } from "./parts.ts";
import { withShortTexts } from "./short-texts.ts";
import { toJournalEntryView } from "./views.ts";
import { type NewsQueue, watchSession } from "./watch-session.ts";

interface EventsInput {
  id: string;
  after: number;
  limit: number;
  tail?: number | undefined;
  longest_text?: number | undefined;
}

/** A tail begins later than `after`, never sooner. */
function toStart({ after, tail }: EventsInput, lastSeq: number): number {
  return tail === undefined ? after : Math.max(after, lastSeq - tail);
}

type LiveNews = Extract<HubNews, { kind: "live" }>;

const pageSize = 200;

/** One page of a session's journal. */
export async function getSessionEvents(
  parts: OperationParts,
  input: EventsInput,
): Promise<SessionEventsView> {
  const { store } = parts.engineParts;
  const session = await findSession(store, input.id);
  const query = { sessionId: session.id, afterSeq: toStart(input, session.lastSeq), limit: input.limit };
  const entries = await store.readJournal(query);
  const last = entries.at(-1);
  const next = last !== undefined && entries.length === input.limit ? last.seq : null;
  const { longest_text: longest } = input;
  const views = entries.map(toJournalEntryView);
  const events = longest === undefined ? views : views.map((view) => withShortTexts(view, longest));
  return { events, next_after: next };
}

/** What a stream reads, and whence news come. */
export interface EventSources {
  parts: OperationParts;
  reads: SharedReads;
}

/**
 * The journal from `after`, then live, until the session ends. What is seen live only (`text-delta`,
 * `activity`) has no id: a reader that comes back goes on from the last journal entry.
 */
export async function* streamSessionEvents(
  { parts, reads }: EventSources,
  input: EventsInput,
  { signal }: CallContext,
): AsyncGenerator<StreamEvent, void, void> {
  const { store, hub } = parts.engineParts;
  const session = await findSession(store, input.id);
  using news = watchSession(hub, session.id, signal);
  let afterSeq = toStart(input, session.lastSeq);
  for (;;) {
    for await (const entry of readEntries(reads, session.id, afterSeq)) {
      afterSeq = entry.seq;
      yield toStreamEvent(entry, input.longest_text);
    }
    if (await hasEnded(reads, session.id, afterSeq)) return;
    if (!(yield* passLive(news))) return;
  }
}

async function* readEntries(
  { readJournal }: SharedReads,
  sessionId: SessionId,
  afterSeq: number,
): AsyncGenerator<JournalEntry, void, void> {
  let last = afterSeq;
  for (;;) {
    const page = await readJournal({ sessionId, afterSeq: last, limit: pageSize });
    yield* page;
    last = page.at(-1)?.seq ?? last;
    if (page.length < pageSize) return;
  }
}

async function hasEnded(reads: SharedReads, sessionId: SessionId, readSeq: number): Promise<boolean> {
  const record = await reads.getSession(sessionId);
  return record === undefined || (isEndStatus(record.status) && readSeq >= record.lastSeq);
}

/** Live events until the journal grows; false when the reader is gone. */
async function* passLive(news: NewsQueue): AsyncGenerator<StreamEvent, boolean, void> {
  for (;;) {
    const next = await news.next();
    if (next === null) return false;
    if (next.kind === "journal") return true;
    yield toLiveEvent(next);
  }
}

// All who read the same entry, and all who keep up with the same session, send the same event.
const liveEvents = new WeakMap<LiveNews, StreamEvent>();
const entryEvents = new WeakMap<JournalEntry, StreamEvent & { data: JournalEntryView }>();

function toLiveEvent(news: LiveNews): StreamEvent {
  const known = liveEvents.get(news);
  if (known !== undefined) return known;
  const { type, ...data } = news.event;
  const event = { id: null, event: type, data };
  liveEvents.set(news, event);
  return event;
}

/** Who wants short texts has an event of their own where one is too long. */
function toStreamEvent(entry: JournalEntry, longest: number | undefined): StreamEvent {
  const whole = toWholeEvent(entry);
  if (longest === undefined) return whole;
  const data = withShortTexts(whole.data, longest);
  return data === whole.data ? whole : { ...whole, data };
}

function toWholeEvent(entry: JournalEntry): StreamEvent & { data: JournalEntryView } {
  const known = entryEvents.get(entry);
  if (known !== undefined) return known;
  const event = { id: String(entry.seq), event: entry.event.type, data: toJournalEntryView(entry) };
  entryEvents.set(entry, event);
  return event;
}
