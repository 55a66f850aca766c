import { endStatuses } from "../core/session.ts";
import { discardFolder } from "./discard-folder.ts";
import type { EngineParts } from "./engine-parts.ts";

/** Which worktrees of ended sessions are looked at. */
export interface Tidying {
  /** Nothing is taken away, it is only said what would be. */
  trial: boolean;
  /** Only of sessions that ended before, ms since the epoch. */
  endedBefore: number;
  /** After so many that are there it stops, as git is asked about each. */
  most: number;
  /** Where an earlier look stopped; null: at the newest session. */
  cursor: string | null;
  isOver?(this: void): boolean;
}

export interface Tidied {
  removed: number;
  /** Folders in which something is that is nowhere else. */
  kept: string[];
  /** Where to go on; null: that was all. */
  cursor: string | null;
}

const sessionsPerPage = 100;

/** Takes worktrees away in which nothing would be lost, with their branches. Never a dirty or an unmerged one. */
export async function tidyFolders(
  parts: Pick<EngineParts, "path" | "store">,
  { trial, endedBefore, most, cursor, isOver = () => false }: Tidying,
): Promise<Tidied> {
  const tidied: Tidied = { removed: 0, kept: [], cursor };
  do {
    const from = tidied.cursor === null ? {} : { cursor: tidied.cursor };
    const query = { statuses: [...endStatuses], limit: sessionsPerPage, ...from };
    const page = await parts.store.listSessions(query);
    for (const session of page.sessions) {
      if (isOver() || session.worktree === undefined || (session.endedAt ?? 0) >= endedBefore) continue;
      const discarded = await discardFolder(parts, session, trial);
      if (discarded === "removed") tidied.removed += 1;
      if (discarded === "kept") tidied.kept.push(session.worktree.folder);
    }
    tidied.cursor = page.nextCursor;
  } while (tidied.cursor !== null && tidied.removed + tidied.kept.length < most && !isOver());
  return tidied;
}
