import type { SessionId } from "../core/id.ts";
import type { LiveEvent } from "../core/journal.ts";

/** What passes through the hub: news that the journal grew, and what is seen live only. */
export type HubNews =
  | { kind: "journal"; sessionId: SessionId; batchId: string; ended: boolean }
  | { kind: "live"; sessionId: SessionId; event: LiveEvent };

export type HubListener = (news: HubNews) => void;

/**
 * Wakes readers. It carries no history: a reader reads the journal, then waits here for more. A
 * listener must be quick and must not throw.
 */
export interface Hub {
  publish(news: HubNews): void;
  /** The answer unsubscribes. Without an id: news of all sessions. */
  subscribe(sessionId: SessionId | null, listener: HubListener): () => void;
}

export function createHub(): Hub {
  const bySession = new Map<SessionId | null, Set<HubListener>>();
  const tell = (key: SessionId | null, news: HubNews): void => {
    for (const listener of bySession.get(key) ?? []) listener(news);
  };
  return {
    publish(news) {
      tell(news.sessionId, news);
      tell(null, news);
    },
    subscribe(sessionId, listener) {
      const listeners = bySession.get(sessionId) ?? new Set<HubListener>();
      bySession.set(sessionId, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) bySession.delete(sessionId);
      };
    },
  };
}
