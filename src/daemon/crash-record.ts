import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { SessionId } from "../core/id.ts";

/**
 * A daemon that brought itself down: an uncaught exception, a fatal error, the heap's limit. A kill from
 * outside and a power cut leave no record: they say nothing about a session.
 */
export interface CrashRecord {
  /** ISO 8601. */
  at: string;
  how: string;
  /** The session whose code threw; null where that cannot be told. */
  culprit: SessionId | null;
  /** Those that held a slot; null until the next start has looked it up. */
  present: SessionId[] | null;
}

/** Nobody sends these: the daemon brought itself down, at its heap's limit for one, and could not say so. */
export const fatalSignals: ReadonlySet<NodeJS.Signals> = new Set([
  "SIGABRT",
  "SIGBUS",
  "SIGFPE",
  "SIGILL",
  "SIGSEGV",
  "SIGSYS",
  "SIGTRAP",
]);

const keptCount = 100;
const crashesToQuarantine = 2;
const longestText = 2_000;

export function toCrashPath(home: string): string {
  return join(home, "crashes.jsonl");
}

/** Durable once it returns; the process is about to end, so nothing is thrown. */
export function appendCrash(path: string, crash: CrashRecord): void {
  try {
    const file = openSync(path, "a", 0o600);
    writeSync(file, `${JSON.stringify({ ...crash, how: crash.how.slice(0, longestText) })}\n`);
    fsyncSync(file);
    closeSync(file);
  } catch {
    // The crash itself must come through, with its own text.
  }
}

/** Oldest first. A line that a crash cut off is passed over. */
export function readCrashes(path: string): CrashRecord[] {
  try {
    return readFileSync(path, "utf8").split("\n").flatMap(parseLine);
  } catch {
    return [];
  }
}

function parseLine(line: string): CrashRecord[] {
  try {
    const crash = JSON.parse(line) as CrashRecord;
    return typeof crash.at === "string" ? [crash] : [];
  } catch {
    return [];
  }
}

/** True if a record does not say yet who was present, or there are more than are kept. */
export function isUnfinished(crashes: readonly CrashRecord[]): boolean {
  return crashes.length > keptCount || crashes.some(({ present }) => present === null);
}

/** Names those who were present where no record could say it yet, and drops what is very old. */
export function completeCrashes(path: string, present: SessionId[]): CrashRecord[] {
  const crashes = readCrashes(path)
    .slice(-keptCount)
    .map((crash) => ({ ...crash, present: crash.present ?? present }));
  const draft = `${path}.draft`;
  writeFileSync(draft, crashes.map((crash) => `${JSON.stringify(crash)}\n`).join(""), { mode: 0o600 });
  renameSync(draft, path);
  return crashes;
}

/** Sessions that brought a daemon down twice: each time their code threw, or nobody else was there. */
export function findQuarantined(crashes: readonly CrashRecord[]): Set<SessionId> {
  const counts = new Map<SessionId, number>();
  for (const { culprit, present } of crashes) {
    const blamed = culprit ?? (present?.length === 1 ? present[0] : undefined);
    if (blamed !== undefined) counts.set(blamed, (counts.get(blamed) ?? 0) + 1);
  }
  return new Set([...counts].filter(([, count]) => count >= crashesToQuarantine).map(([id]) => id));
}
