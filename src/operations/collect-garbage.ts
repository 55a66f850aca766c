import type { GarbageView } from "../contract/living-operations.ts";
import { keptMs } from "../core/retention.ts";
import { tidyFolders } from "../engine/tidy-folders.ts";
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
  // First: once a session is forgotten, so is where its worktree is.
  const folders = await tidyFolders(parts.engineParts, {
    trial: input.dry_run,
    endedBefore: Number.POSITIVE_INFINITY,
    most: Number.POSITIVE_INFINITY,
    cursor: null,
  });
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
