import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "../../client/create-client.ts";
import type { SessionView } from "../../contract/shapes.ts";
import { isEndStatus, liveStatuses } from "../../core/session.ts";
import { listAll } from "../list-all.ts";

export interface BatchWatch {
  batchId: string;
  /** As they were accepted; snapshots keep this order. */
  sessions: readonly SessionView[];
  signal: AbortSignal;
}

const pollMs = 250;
/** A read that outlasted a restart must not be followed by a pause of its length. */
const longestPollMs = 1_000;
const leastPauseMs = 25;
const waitMs = 50_000;
/** More ended at once than this are read as a list, not one by one. */
const fewEnded = 20;

/** Snapshots of a batch until all its sessions have ended, or the signal is aborted. */
export async function* watchBatch(client: Client, watch: BatchWatch): AsyncGenerator<SessionView[]> {
  const known = new Map(watch.sessions.map((session) => [session.id, session]));
  const isOver = () => [...known.values()].every(({ status }) => isEndStatus(status));
  yield [...known.values()];
  const alarm = createEndAlarm(client, watch);
  while (!isOver() && !watch.signal.aborted) {
    const tookMs = await refresh(client, watch, known);
    if (watch.signal.aborted) return;
    yield [...known.values()];
    // A busy daemon with a thousand sessions is asked less often.
    if (!isOver()) await alarm.wait(Math.min(longestPollMs, Math.max(pollMs, tookMs * 4)));
  }
}

/** Reads what still lives, and once more what has ended since. Returns the ms it took. */
async function refresh(client: Client, watch: BatchWatch, known: Map<string, SessionView>): Promise<number> {
  const startedAt = performance.now();
  const { batchId: batch, signal } = watch;
  try {
    const live = await listAll(client, { batch, status: [...liveStatuses] }, signal);
    const liveIds = new Set(live.map(({ id }) => id));
    const ended = [...known.values()].filter(({ id, status }) => !isEndStatus(status) && !liveIds.has(id));
    const read =
      ended.length > fewEnded
        ? await listAll(client, { batch }, signal)
        : await Promise.all(ended.map(({ id }) => client.getSession({ id }, { signal })));
    for (const session of [...live, ...read]) if (known.has(session.id)) known.set(session.id, session);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return performance.now() - startedAt;
}

/** A pause that ends early when the batch does, so that results come at once. */
function createEndAlarm(
  client: Client,
  { batchId, signal }: BatchWatch,
): { wait(ms: number): Promise<void> } {
  let ended: Promise<void> | undefined;
  let hasRung = false;
  const ask = async () => {
    try {
      await client.waitForBatch({ id: batchId, until: "all", timeout_ms: waitMs }, { signal });
    } catch {
      // The next read meets the same trouble, and tells it.
      await pause(pollMs, signal);
    }
    [ended, hasRung] = [undefined, true];
  };
  return {
    async wait(ms) {
      // It rang, and still something lives: not at once again.
      if (hasRung) await pause(leastPauseMs, signal);
      hasRung = false;
      ended ??= ask();
      // What is left of the pause would keep the program from leaving.
      const over = new AbortController();
      await Promise.race([ended, pause(ms, AbortSignal.any([signal, over.signal]))]);
      over.abort();
    },
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
