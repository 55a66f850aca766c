import type { GarbageView } from "../contract/living-operations.ts";
import { keptMs } from "../core/retention.ts";
import { endStatuses } from "../core/session.ts";
import { discardFolder } from "../engine/discard-folder.ts";
import type { Store } from "../store/store.ts";
import type { OperationParts } from "./parts.ts";
import { toTimeText } from "./views.ts";

const sessionsPerStep = 20;
const threadsPerStep = 50;

/** What the hourly upkeep would delete, now. In small steps: sessions that run must not wait for it. */
export async function collectGarbage(
  parts: OperationParts,
  input: { dry_run: boolean },
): Promise<GarbageView> {
  const { store } = parts.engineParts;
  const endedBefore = parts.clock.now() - keptMs;
  const found = await store.measureEnded({ endedBefore });
  const folders = await discardFolders(parts, input.dry_run);
  let deleted = 0;
  for (let count = sessionsPerStep; !input.dry_run && count === sessionsPerStep;) {
    count = await store.deleteEndedSessions({ endedBefore, limit: sessionsPerStep });
    deleted += count;
  }
  const threads = input.dry_run
    ? await store.countClosedThreads({ before: endedBefore })
    : await deleteThreads(store, endedBefore);
  return {
    dry_run: input.dry_run,
    ended_before: toTimeText(endedBefore),
    sessions: input.dry_run ? found.sessions : deleted,
    journal_bytes: found.journalBytes,
    artifacts: found.artifacts,
    artifact_bytes: found.artifactBytes,
    worktrees: folders.removed,
    worktrees_kept: folders.kept,
    threads,
  };
}

async function deleteThreads(store: Store, before: number): Promise<number> {
  let deleted = 0;
  for (let count = threadsPerStep; count === threadsPerStep; deleted += count) {
    count = await store.deleteClosedThreads({ before, limit: threadsPerStep });
  }
  return deleted;
}

/** First: once a session is forgotten, so is where its worktree is. */
async function discardFolders(
  { engineParts }: OperationParts,
  trial: boolean,
): Promise<{ removed: number; kept: string[] }> {
  const folders = { removed: 0, kept: [] as string[] };
  let cursor: string | null = null;
  do {
    const after: { cursor?: string } = cursor === null ? {} : { cursor };
    const page = await engineParts.store.listSessions({ statuses: [...endStatuses], limit: 200, ...after });
    for (const session of page.sessions) {
      const discarded = await discardFolder(engineParts, session, trial);
      if (discarded === "removed") folders.removed += 1;
      if (discarded === "kept" && session.worktree !== undefined) folders.kept.push(session.worktree.folder);
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  return folders;
}
