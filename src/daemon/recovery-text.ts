import type { Recovery } from "../store/sqlite/recovery-record.ts";

const shownForMs = 7 * 24 * 3_600_000;
const mostIds = 100;

/** What a person should know of damage that was healed in the last week, a line each. */
export function toNotices(recoveries: readonly Recovery[], nowMs: number): string[] {
  return recoveries.filter(({ at }) => nowMs - Date.parse(at) < shownForMs).map(toNotice);
}

const outcomeTexts: Record<Recovery["outcome"], string> = {
  restored: "A backup took its place",
  "begun-anew": "No backup was good, and a new one was begun",
  repaired: "It was repaired",
};

function toNotice(recovery: Recovery): string {
  const { restoredFrom, interruptedIds, missing } = recovery;
  const source =
    restoredFrom === null
      ? outcomeTexts[recovery.outcome]
      : `The backup of ${restoredFrom.takenAt} took its place`;
  const kept = recovery.keptAs === null ? "" : `, the old file is ${recovery.keptAs}`;
  const lost = [
    count(missing.sessions.length, "session", "lost in part or whole"),
    count(interruptedIds.length, "session", "interrupted"),
    count(missing.messages, "message", "lost"),
    count(missing.ledgerRows, "ledger row", "lost"),
  ].filter((text) => text !== null);
  const loss = lost.length === 0 ? "Nothing is known to be missing" : lost.join(", ");
  return `${recovery.at}: the database was damaged (${recovery.cause}). ${source}${kept}. ${loss}; see recovery.json.`;
}

function count(number: number, name: string, fate: string): string | null {
  if (number === 0) return null;
  return `${number} ${name}${number === 1 ? "" : "s"} ${fate}`;
}

/** The same for the log, with what was brought over and the ids. */
export function toRecoveryLines(recovery: Recovery): string[] {
  const { salvaged, interruptedIds, missing } = recovery;
  return [
    `DAMAGED DATABASE. ${toNotice(recovery)}`,
    `brought over from the damaged file: ${salvaged.sessions} sessions, ${salvaged.messages} messages, ${salvaged.ledgerRows} ledger rows`,
    ...missing.sessions
      .slice(0, mostIds)
      .map(({ id, status }) => `lost: ${id ?? "unknown id"} ${status ?? ""}`),
    ...interruptedIds.slice(0, mostIds).map((id) => `interrupted: ${id}`),
  ];
}
