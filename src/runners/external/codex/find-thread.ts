import type { JournalEntry } from "../../../core/journal.ts";
import { isUnkept } from "../left-program.ts";

/** The conversation that a run goes on with, or with a copy of. */
export interface FoundThread {
  how: "resume" | "fork";
  threadId: string;
  /** False: nobody knows whether codex has kept it, and what of it. */
  isKept: boolean;
}

/**
 * The thread that an earlier run has opened and got something out of: codex keeps no others. Before its first run a fork
 * has its source's. Null: there is none.
 */
export function findThread(journal: readonly JournalEntry[]): FoundThread | null {
  const spoke = journal.findLastIndex(({ event }) => event.type === "turn-end");
  const launched = journal.findIndex(({ event }) => event.type === "agent-launch");
  const at = journal.findLastIndex(({ event }, index) => index <= spoke && event.type === "agent-thread");
  const event = journal[at]?.event;
  if (event?.type !== "agent-thread") return null;
  return {
    how: launched === -1 || at < launched ? "fork" : "resume",
    threadId: event.thread,
    isKept: true,
  };
}

/**
 * The thread that an earlier run has opened, and of which no word came back: its process or its recorder was killed. What
 * it has begun to do may stand in it. Null: there is none, or codex has not kept it.
 *
 * 0.169, killed at five moments: until a turn begins it keeps nothing ("no rollout found"); for some milliseconds then a
 * thread without the task, whose `turns` are empty; once its model is asked, the task, and each call as it begins.
 */
export function findSilentThread(journal: readonly JournalEntry[]): FoundThread | null {
  const launched = journal.findIndex(({ event }) => event.type === "agent-launch");
  const at = journal.findLastIndex(({ event }) => event.type === "agent-thread");
  const event = journal[at]?.event;
  if (event?.type !== "agent-thread" || launched === -1 || at < launched) return null;
  const since = journal.slice(at);
  const isOver = since.some((entry) => entry.event.type === "turn-end" || isUnkept(entry.event));
  return isOver ? null : { how: "resume", threadId: event.thread, isKept: false };
}
