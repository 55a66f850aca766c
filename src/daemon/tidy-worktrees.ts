import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { EngineParts } from "../engine/engine-parts.ts";
import { tidyFolders } from "../engine/tidy-folders.ts";

// Whoever has just seen a session end may want to look at its folder.
const restMs = 3_600_000;
const mostARound = 100;

/** Each call is a round: worktrees that nobody needs any more go; where there are many, the next round goes on. */
export function createWorktreeTidier(
  parts: Pick<EngineParts, "path" | "store">,
  { clock, log }: { clock: Pick<Clock, "now">; log: Log },
): (isOver: () => boolean) => Promise<void> {
  let cursor: string | null = null;
  return async (isOver) => {
    const endedBefore = clock.now() - restMs;
    const tidied = await tidyFolders(parts, { trial: false, endedBefore, most: mostARound, cursor, isOver });
    cursor = tidied.cursor;
    const { removed } = tidied;
    if (removed > 0) log(`took ${removed} worktrees away: nothing was in them that is nowhere else`);
  };
}
