import type { JournalEntry } from "../../../core/journal.ts";

/** The conversation that a run goes on with, or with a copy of. */
export interface FoundThread {
  how: "resume" | "fork";
  threadId: string;
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
  return { how: launched === -1 || at < launched ? "fork" : "resume", threadId: event.thread };
}
