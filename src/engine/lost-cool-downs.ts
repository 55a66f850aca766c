import type { SessionRecord } from "../core/session.ts";

/**
 * The same records; a cool-down that was made later than now, because the clock was set back since, is taken
 * off: nobody knows how much of it is left, and asking once more is cheap.
 */
export function dropLostCoolDowns(records: readonly SessionRecord[], now: number): SessionRecord[] {
  return records.map((record) => {
    const { wait } = record;
    const isLost = wait?.on === "cool-down" && wait.madeAtMs !== undefined && wait.madeAtMs > now;
    return isLost ? { ...record, wait: null } : record;
  });
}
