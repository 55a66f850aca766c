import { appendFileSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/*
 * Which conversations a session's agents have opened stands in its journal, and once more beside its runs: for when the
 * session is deleted, and its agents' own files of them are to go too.
 */

const name = "threads";
const longest = 200;

/** Of the run in this folder. */
export function noteThread(runFolder: string, thread: string): void {
  const [line = ""] = thread.slice(0, longest).split("\n");
  appendFileSync(join(dirname(runFolder), name), `${line}\n`, { mode: 0o600 });
}

/** Each once; none where none was noted. */
export function readThreads(sessionFolder: string): string[] {
  try {
    const lines = readFileSync(join(sessionFolder, name), "utf8").split("\n");
    return [...new Set(lines.filter((line) => line !== ""))];
  } catch {
    return [];
  }
}

export function isThreadNotes(fileName: string): boolean {
  return fileName === name;
}
