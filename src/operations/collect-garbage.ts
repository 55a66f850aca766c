import type { GarbageView } from "../contract/living-operations.ts";
import { keptMs } from "../core/retention.ts";
import type { OperationParts } from "./parts.ts";
import { toTimeText } from "./views.ts";

const sessionsPerStep = 20;

/** What the hourly upkeep would delete, now. In small steps: sessions that run must not wait for it. */
export async function collectGarbage(
  parts: OperationParts,
  input: { dry_run: boolean },
): Promise<GarbageView> {
  const { store } = parts.engineParts;
  const endedBefore = parts.clock.now() - keptMs;
  const found = await store.measureEnded({ endedBefore });
  let deleted = 0;
  for (let count = sessionsPerStep; !input.dry_run && count === sessionsPerStep;) {
    count = await store.deleteEndedSessions({ endedBefore, limit: sessionsPerStep });
    deleted += count;
  }
  return {
    dry_run: input.dry_run,
    ended_before: toTimeText(endedBefore),
    sessions: input.dry_run ? found.sessions : deleted,
    journal_bytes: found.journalBytes,
    artifacts: found.artifacts,
    artifact_bytes: found.artifactBytes,
  };
}
