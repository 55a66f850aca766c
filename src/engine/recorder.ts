import type { Clock } from "../core/clock.ts";
import type { JournalEvent } from "../core/journal.ts";
import type { SessionRecord } from "../core/session.ts";
import type { Store, WriteOutcome } from "../store/store.ts";
import type { Hub } from "./hub.ts";
import { toSessionWrite } from "./session-write.ts";

/** Puts a session's events on disk, one commit each time, and wakes who reads them. */
export interface Recorder {
  /** Resolves once it is durable. "ended": somebody settled the session before; stop. */
  record(events: readonly JournalEvent[]): Promise<WriteOutcome["kind"]>;
}

/** `slotStartedAt`: when the present slot began; null for a session that holds none. */
export function createRecorder(
  parts: { store: Store; hub: Hub; clock: Clock },
  session: SessionRecord,
  slotStartedAt: number | null,
): Recorder {
  return {
    async record(events) {
      const at = parts.clock.now();
      const ranMs = session.ranMs + (slotStartedAt === null ? 0 : at - slotStartedAt);
      const outcome = await parts.store.write(toSessionWrite(session, events, { at, ranMs }));
      if (outcome.kind !== "written") return outcome.kind;
      const ended = events.some((event) => event.type === "session-end");
      parts.hub.publish({ kind: "journal", sessionId: session.id, batchId: session.batchId, ended });
      return "written";
    },
  };
}
