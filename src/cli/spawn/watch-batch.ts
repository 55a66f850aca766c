import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "../../client/create-client.ts";
import type { BatchView, LimitsView, SessionView } from "../../contract/shapes.ts";
import { isEndStatus, liveStatuses } from "../../core/session.ts";
import { listAll } from "../list-all.ts";

export interface BatchWatch {
  batchId: string;
  /** As they were accepted; snapshots keep this order. */
  sessions: readonly SessionView[];
  signal: AbortSignal;
  /** True: a person watches it as a table; false: it is told in lines, which can wait a second. */
  isLive: boolean;
}

/** How a batch stood at one moment. */
export interface BatchSnapshot {
  sessions: SessionView[];
  /** Summed up by the daemon; null before the first look. */
  batch: BatchView | null;
  /** Of day and month; null before the first look. */
  limits: LimitsView | null;
}

const firstLookMs = 100;
const pollMs = 250;
// Each look is read, answered and parsed while the agents want the machine.
const calmPollMs = 1_000;
/** A read that outlasted a restart must not be followed by a pause of its length. */
const longestPollMs = 1_000;
const leastPauseMs = 25;
const waitMs = 50_000;
/** More ended at once than this are read as a list, not one by one. */
const fewEnded = 20;

/** Snapshots of a batch until all its sessions have ended, or the signal is aborted. */
export async function* watchBatch(client: Client, watch: BatchWatch): AsyncGenerator<BatchSnapshot> {
  let last: BatchSnapshot = { sessions: [...watch.sessions], batch: null, limits: null };
  const leastMs = watch.isLive ? pollMs : calmPollMs;
  const isOver = () => last.sessions.every(({ status }) => isEndStatus(status));
  yield last;
  const alarm = createEndAlarm(client, watch);
  // Not at once: the daemon has their start to do.
  if (!isOver()) await alarm.wait(firstLookMs);
  for (let looks = 0; !isOver() && !watch.signal.aborted; looks += 1) {
    const startedAt = performance.now();
    last = await look(client, { ...watch, ended: alarm.ended(), isFirst: looks === 0 }, last);
    const tookMs = performance.now() - startedAt;
    if (watch.signal.aborted) return;
    yield last;
    // A busy daemon with a thousand sessions is asked less often.
    if (!isOver()) await alarm.wait(Math.min(longestPollMs, Math.max(leastMs, tookMs * 4)));
  }
}

interface Look extends BatchWatch {
  /** The batch at its end, once the daemon has said that all of it is over. */
  ended: BatchView | null;
  isFirst: boolean;
}

/** All of it at once: what follows an end is waited for by a person. */
async function look(client: Client, watch: Look, last: BatchSnapshot): Promise<BatchSnapshot> {
  const { batchId, signal, ended, isFirst } = watch;
  try {
    // Nothing is spent yet, and programs that start want the machine.
    if (isFirst && ended === null)
      return { ...last, sessions: await readSessions(client, watch, last.sessions) };
    const [sessions, batch, limits] = await Promise.all([
      readSessions(client, watch, last.sessions),
      ended ?? client.getBatch({ id: batchId }, { signal }),
      client.getCostLimits({}, { signal }),
    ]);
    return { sessions, batch, limits };
  } catch (error) {
    if (!signal.aborted) throw error;
    return last;
  }
}

/** Reads what still lives, and once more what has ended since. */
async function readSessions(
  client: Client,
  { batchId: batch, signal, ended: sum }: Look,
  before: readonly SessionView[],
): Promise<SessionView[]> {
  const live = sum !== null ? [] : await listAll(client, { batch, status: [...liveStatuses] }, signal);
  const liveIds = new Set(live.map(({ id }) => id));
  const ended = before.filter(({ id, status }) => !isEndStatus(status) && !liveIds.has(id));
  const read =
    ended.length > fewEnded
      ? await listAll(client, { batch }, signal)
      : await Promise.all(ended.map(({ id }) => client.getSession({ id }, { signal })));
  const now = new Map([...live, ...read].map((session) => [session.id, session]));
  return before.map((session) => now.get(session.id) ?? session);
}

/** A pause that ends early when the batch does, so that results come at once. */
function createEndAlarm(
  client: Client,
  { batchId, signal }: BatchWatch,
): { wait(ms: number): Promise<void>; ended(): BatchView | null } {
  let asking: Promise<void> | undefined;
  let hasRung = false;
  let ended: BatchView | null = null;
  const ask = async () => {
    ended = null;
    try {
      const answer = await client.waitForBatch({ id: batchId, until: "all", timeout_ms: waitMs }, { signal });
      if (answer.done) ended = answer.batch;
    } catch {
      // The next read meets the same trouble, and tells it.
      await pause(pollMs, signal);
    }
    [asking, hasRung] = [undefined, true];
  };
  return {
    ended: () => ended,
    async wait(ms) {
      // It rang, and still something lives: not at once again.
      if (hasRung) await pause(leastPauseMs, signal);
      hasRung = false;
      asking ??= ask();
      // What is left of the pause would keep the program from leaving.
      const over = new AbortController();
      await Promise.race([asking, pause(ms, AbortSignal.any([signal, over.signal]))]);
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
