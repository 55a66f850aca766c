import type { RecordedProgram } from "../../sandbox/recorded/recorded-program.ts";
import type { RunContext } from "../runner.ts";
import type { ExternalParts } from "./agent-program.ts";
import type { OutputReader } from "./driver.ts";

// A question is to be on the board within a second. Should more come, the watch of parked runs sees it.
const quietMs = 200;
// Is it alive? Costs two reads of a small file.
const lookEveryMs = 500;

/** What is known of a program that runs, from its output and its recorder. */
export interface AgentWatch {
  heard(): void;
  isSilent(): boolean;
  /** True once it has said nothing for a moment. */
  isQuiet(): boolean;
  /** True once the program has ended, or nobody can tell any more. */
  isOver(): boolean;
}

export function createWatch(
  { clock }: Pick<ExternalParts, "clock">,
  context: RunContext,
  { program, reader }: { program: RecordedProgram; reader: OutputReader },
): AgentWatch {
  const mostMs = context.session.silenceMs ?? Number.POSITIVE_INFINITY;
  let [heardAt, lookedAt] = [clock.elapsedMs(), 0];
  let isOver = false;
  return {
    heard: () => void (heardAt = clock.elapsedMs()),
    isSilent: () => clock.elapsedMs() - heardAt > Math.min(mostMs, reader.patience?.()?.ms ?? mostMs),
    isQuiet: () => clock.elapsedMs() - heardAt > quietMs,
    isOver() {
      const now = clock.elapsedMs();
      if (isOver || context.signal.aborted || context.isDraining()) return true;
      if (now - lookedAt < lookEveryMs && !program.hasEnd()) return false;
      lookedAt = now;
      isOver = program.state().kind !== "running";
      return isOver;
    },
  };
}
