import { toUsualMemory } from "../../core/agent-memory.ts";

/** What agents need of the machine's memory. */
export interface MemoryBook {
  /** One agent of that name, bytes: as its entry says, else as it was measured, else as is usual. */
  needOf(agent: string): number;
  /** One that runs was seen to take so much, with all that it has started. */
  note(agent: string, bytes: number): void;
}

// The middle one of the latest: one that compiles something large says little about the next.
const keptSamples = 15;

export function createMemoryBook(
  entryOf: (agent: string) => { memory_mb?: number | undefined; output?: string | undefined } | undefined,
): MemoryBook {
  const samples = new Map<string, number[]>();
  return {
    needOf(agent) {
      const entry = entryOf(agent);
      if (entry?.memory_mb !== undefined) return entry.memory_mb * 2 ** 20;
      const seen = (samples.get(agent) ?? []).toSorted((a, b) => a - b);
      return seen[seen.length >> 1] ?? toUsualMemory(entry?.output === "acp" ? "acp:" : agent);
    },
    note(agent, bytes) {
      const seen = samples.get(agent) ?? [];
      samples.set(agent, [...seen, bytes].slice(-keptSamples));
    },
  };
}
