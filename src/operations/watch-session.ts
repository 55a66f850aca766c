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
const mostTextLength = 65_536;

/** Collects a session's news from now on. Live text that piles up is joined, and dropped when it is too much. */
export function watchSession(hub: Hub, sessionId: SessionId, signal: AbortSignal): NewsQueue {
  const waiting: HubNews[] = [];
  let wanted: Deferred<void> | null = null;
  let textLength = 0;
  const wake = (): void => wanted?.resolve();
  const unsubscribe = hub.subscribe(sessionId, (news) => {
    if (!joinLast(waiting, news)) waiting.push(news);
    textLength += toTextLength(news);
    if (waiting.length > mostWaiting || textLength > mostTextLength) {
      forgetLiveText(waiting);
      textLength = 0;
    }
    wake();
  });
  signal.addEventListener("abort", wake, { once: true });
  return {
    async next() {
      while (waiting.length === 0 && !signal.aborted) {
        wanted = createDeferred();
        await wanted.promise;
      }
      const news = signal.aborted ? null : (waiting.shift() ?? null);
      if (waiting.length === 0) textLength = 0;
      return news;
    },
    [Symbol.dispose]() {
      unsubscribe();
      signal.removeEventListener("abort", wake);
    },
  };
}

function toTextLength(news: HubNews): number {
  return news.kind === "live" ? news.event.text.length : 0;
}

/** That the journal grew must not be forgotten: it is all that the reader is still told. */
function forgetLiveText(waiting: HubNews[]): void {
  const journal = waiting.find(({ kind }) => kind === "journal");
  waiting.length = 0;
  if (journal !== undefined) waiting.push(journal);
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
