import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { adoptRecorded, sweepRecorded } from "../../sandbox/recorded/recorded-program.ts";
import { readEnd, readStart, toRunFolder } from "../../sandbox/recorded/run-folder.ts";

/** Whose runs these are: "gone" sessions are not known any more. */
export type RunOwner = "alive" | "ended" | "gone";

/**
 * Ends agents that nobody waits for any more, and deletes what those printed whose session is gone.
 * Answers how many it ended.
 */
export async function tidyRuns(
  runsFolder: string,
  ownerOf: (sessionId: string) => Promise<RunOwner>,
): Promise<number> {
  let ended = 0;
  for (const sessionId of await list(runsFolder)) {
    const owner = await ownerOf(sessionId);
    if (owner === "alive") continue;
    const folder = join(runsFolder, sessionId);
    for (const run of await list(folder)) if (await endRun(join(folder, run), sessionId)) ended += 1;
    if (owner === "gone") await rm(folder, { recursive: true, force: true });
  }
  return ended;
}

/** True if there was something left to end. */
async function endRun(path: string, sessionId: string): Promise<boolean> {
  const folder = toRunFolder(path);
  const start = readStart(folder);
  if (start === undefined || readEnd(folder) !== undefined) return false;
  if (start.isLane === true) {
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
