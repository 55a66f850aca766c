import type { Clock } from "../core/clock.ts";
import type { JournalEvent } from "../core/journal.ts";
import type { SessionRecord } from "../core/session.ts";
import type { MailBell } from "../mailbox/mail-bell.ts";
import type { SessionWrite, Store, WriteOutcome } from "../store/store.ts";
import type { Hub } from "./hub.ts";
import { onceThereIsRoom } from "./once-there-is-room.ts";
import { toSessionWrite } from "./session-write.ts";
import type { Witness } from "./witness.ts";

/**
 * Puts a session's events on disk, one commit each time, and wakes who reads them. While the disk is
 * full it waits: what a model has answered and was paid for is not thrown away.
 */
export interface Recorder {
  /** Resolves once it is durable. "ended": somebody settled the session before; stop. */
  record(events: readonly JournalEvent[]): Promise<WriteOutcome["kind"]>;
}

export interface RecorderParts {
  store: Store;
  hub: Hub;
  bell: MailBell;
  clock: Clock;
  witness?: Witness;
}

/** `slotStartedAt`: when the present slot began (`elapsedMs`); null for a session that holds none. */
export function createRecorder(
  parts: RecorderParts,
  session: SessionRecord,
  slotStartedAt: number | null,
): Recorder {
  return {
    async record(events) {
      const at = parts.clock.now();
      // A clock that jumps forward must not use up a session's time.
      const inSlotMs = slotStartedAt === null ? 0 : Math.round(parts.clock.elapsedMs() - slotStartedAt);
      const ranMs = session.ranMs + inSlotMs;
      const write = toSessionWrite(session, events, { at, ranMs });
      const { outcome, commitMs } = await onceThereIsRoom(parts.clock, () => writeTimed(parts, write));
      if (outcome.kind !== "written") return outcome.kind;
      parts.witness?.recorded({ session, events, at, commitMs });
      const ended = events.some((event) => event.type === "session-end");
      parts.hub.publish({ kind: "journal", sessionId: session.id, batchId: session.batchId, ended });
      for (const { to } of write.messages) parts.bell.ring(to);
      return "written";
    },
  };
}

async function writeTimed(
  { store, clock }: RecorderParts,
  write: SessionWrite,
): Promise<{ outcome: WriteOutcome; commitMs: number }> {
  const begun = clock.elapsedMs();
  const outcome = await store.write(write);
  return { outcome, commitMs: clock.elapsedMs() - begun };
}
