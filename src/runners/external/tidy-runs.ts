import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { adoptRecorded, sweepRecorded } from "../../sandbox/recorded/recorded-program.ts";
import { readEnd, readStart, toRunFolder } from "../../sandbox/recorded/run-folder.ts";
import { isThreadNotes, readThreads } from "./thread-notes.ts";

/** Whose runs these are: "gone" sessions are not known any more. */
export type RunOwner = "alive" | "ended" | "gone";

export interface RunTidying {
  /** A folder for each session, and in it one for each run. */
  runsFolder: string;
  ownerOf(this: void, sessionId: string): Promise<RunOwner>;
  /** Deletes what agents keep of these conversations themselves; answers those that have to stay for now. */
  forgetThreads(this: void, threads: readonly string[]): Promise<ReadonlySet<string>>;
}

/**
 * Ends agents that nobody waits for any more, and deletes what those printed and kept whose session is gone.
 * Answers how many it ended.
 */
export async function tidyRuns({ runsFolder, ownerOf, forgetThreads }: RunTidying): Promise<number> {
  let ended = 0;
  const gone: string[] = [];
  for (const sessionId of await list(runsFolder)) {
    const owner = await ownerOf(sessionId);
    if (owner === "alive") continue;
    const folder = join(runsFolder, sessionId);
    for (const run of await list(folder)) if (await endRun(join(folder, run), sessionId)) ended += 1;
    if (owner === "gone") gone.push(folder);
  }
  const kept = await forgetThreads(gone.flatMap(readThreads));
  for (const folder of gone) await deleteRuns(folder, kept);
  return ended;
}

/** What it opened and has to stay is all that is left of it, until the next time. */
async function deleteRuns(folder: string, kept: ReadonlySet<string>): Promise<void> {
  const isKept = readThreads(folder).some((thread) => kept.has(thread));
  const paths = isKept
    ? (await list(folder)).filter((name) => !isThreadNotes(name)).map((name) => join(folder, name))
    : [folder];
  for (const path of paths) await rm(path, { recursive: true, force: true });
}

/** True if there was something left to end. */
async function endRun(path: string, sessionId: string): Promise<boolean> {
  const folder = toRunFolder(path);
  const start = readStart(folder);
  if (start === undefined || readEnd(folder) !== undefined) return false;
  if (start.hostId !== undefined) {
    // Its recorder lives on for others.
    using lane = await adoptRecorded(path, sessionId);
    await lane?.stop();
    return true;
  }
  return sweepRecorded(start);
}

async function list(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
