import type { Clock } from "../core/clock.ts";
import type { SessionRecord } from "../core/session.ts";
import type { Store } from "../store/store.ts";

// A wait that is over soon is not worth a look.
const longWaitMs = 60_000;

/**
 * The same records; a cool-down that began later than now, because the clock was set back while no
 * daemon ran, is taken off: nobody knows how much of it is left, and asking once more is cheap.
 */
export async function dropLostCoolDowns(
  parts: { store: Store; clock: Clock },
  records: readonly SessionRecord[],
): Promise<SessionRecord[]> {
  const now = parts.clock.now();
  return Promise.all(
    records.map(async (record) => {
      if (record.wait?.on !== "cool-down" || record.wait.untilMs - now < longWaitMs) return record;
      const last = { sessionId: record.id, afterSeq: record.lastSeq - 1, limit: 1 };
      const [entry] = await parts.store.readJournal(last);
      return entry !== undefined && entry.at > now ? { ...record, wait: null } : record;
    }),
  );
}
