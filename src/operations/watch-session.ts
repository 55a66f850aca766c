import { type Deferred, createDeferred } from "../core/deferred.ts";
import type { SessionId } from "../core/id.ts";
import type { Hub, HubNews } from "../engine/hub.ts";

/** News of one session in order, for one reader. */
export interface NewsQueue extends Disposable {
  /** Null once the reader's signal is aborted. */
  next(): Promise<HubNews | null>;
}

// A reader that is slower than the model loses live text, never journal entries: those it reads itself.
const mostWaiting = 1_000;

/** Collects a session's news from now on. Live text that piles up is joined; the oldest is dropped at last. */
export function watchSession(hub: Hub, sessionId: SessionId, signal: AbortSignal): NewsQueue {
  const waiting: HubNews[] = [];
  let wanted: Deferred<void> | null = null;
  const wake = (): void => wanted?.resolve();
  const unsubscribe = hub.subscribe(sessionId, (news) => {
    if (!joinLast(waiting, news)) waiting.push(news);
    if (waiting.length > mostWaiting) waiting.shift();
    wake();
  });
  signal.addEventListener("abort", wake, { once: true });
  return {
    async next() {
      while (waiting.length === 0 && !signal.aborted) {
        wanted = createDeferred();
        await wanted.promise;
      }
      return signal.aborted ? null : (waiting.shift() ?? null);
    },
    [Symbol.dispose]() {
      unsubscribe();
      signal.removeEventListener("abort", wake);
    },
  };
}

/** Neighbouring deltas become one, and one wake-up to read the journal is enough. */
function joinLast(waiting: HubNews[], news: HubNews): boolean {
  const last = waiting.at(-1);
  if (last === undefined) return false;
  if (last.kind === "journal" && news.kind === "journal") return true;
  if (last.kind !== "live" || news.kind !== "live" || last.event.type !== news.event.type) return false;
  const text = news.event.type === "activity" ? news.event.text : last.event.text + news.event.text;
  waiting[waiting.length - 1] = { ...news, event: { ...news.event, text } };
  return true;
}
