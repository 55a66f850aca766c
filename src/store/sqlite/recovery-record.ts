import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { SessionId } from "../../core/id.ts";
import type { SessionStatus } from "../../core/session.ts";
import type { DatabaseFiles } from "./database-files.ts";
import { syncToDisk } from "./database-files.ts";

/** A session of which the damaged database held something that could not be kept. Null: not readable. */
export interface LostSession {
  id: SessionId | null;
  task: string | null;
  status: SessionStatus | null;
}

/** What was done about a damaged database. Kept in `recovery.json`, the newest first. */
export interface Recovery {
  /** ISO 8601. */
  at: string;
  cause: string;
  /** `repaired`: the WAL's sums were made anew, and all that was in it counts. */
  outcome: "restored" | "begun-anew" | "repaired";
  /** The damaged file's name now; it is never deleted. Null if there was nothing left to keep. */
  keptAs: string | null;
  /** The backup that took its place. */
  restoredFrom: { file: string; takenAt: string } | null;
  /** Taken out of the damaged file, because they are newer than the backup. */
  salvaged: { sessions: number; messages: number; ledgerRows: number };
  /** Living sessions whose last steps are not known: they must not go on, or effects could come twice. */
  interruptedIds: SessionId[];
  missing: { sessions: LostSession[]; messages: number; ledgerRows: number };
}

const keptCount = 10;

/** The recoveries of this state folder; none if the file is missing or not ours. */
export function readRecoveries(files: DatabaseFiles): Recovery[] {
  try {
    const content: unknown = JSON.parse(readFileSync(files.recovery, "utf8"));
    return Array.isArray(content) ? (content as Recovery[]) : [];
  } catch {
    return [];
  }
}

/** Durable once it returns. One with the same time is replaced: a restore that was cut off is done again. */
export function recordRecovery(files: DatabaseFiles, recovery: Recovery): void {
  const others = readRecoveries(files).filter(({ at }) => at !== recovery.at);
  writeDurably(files.recovery, [recovery, ...others].slice(0, keptCount));
}

/** A complaint of SQLite's, or a backup that came out damaged. */
export interface Suspicion {
  at: number;
  detail: string;
  /** A start has looked at the whole database since. */
  isChecked: boolean;
}

export function readSuspicions(files: DatabaseFiles): Suspicion[] {
  if (!existsSync(files.suspicions)) return [];
  try {
    return JSON.parse(readFileSync(files.suspicions, "utf8")) as Suspicion[];
  } catch {
    return [{ at: 0, detail: "the note about it is not readable", isChecked: false }];
  }
}

/** Has the next start look at the whole database. */
export function noteSuspicion(files: DatabaseFiles, found: { at: number; detail: string }): void {
  writeDurably(files.suspicions, [
    ...readSuspicions(files).slice(-keptCount),
    { ...found, isChecked: false },
  ]);
}

export function markSuspicionsChecked(files: DatabaseFiles): void {
  writeDurably(
    files.suspicions,
    readSuspicions(files).map((suspicion) => ({ ...suspicion, isChecked: true })),
  );
}

export function clearSuspicions(files: DatabaseFiles): void {
  rmSync(files.suspicions, { force: true });
}

function writeDurably(path: string, content: unknown): void {
  const draft = `${path}.draft`;
  writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  syncToDisk(draft);
  renameSync(draft, path);
}
