import type { ModelCallRecord } from "./simulated-model.ts";

/** The moment of the crash, as the simulated model saw it. */
export interface Crash {
  pid: number;
  /** Turns that were answered in full before it. */
  finishedTurns: number;
  /** Answers that were on their way, and so are lost. */
  inFlight: number;
}

export interface CrashWish {
  calls: readonly ModelCallRecord[];
  tasks: readonly { task: string }[];
  pid: number;
  kill(crash: Crash): void;
}

const turnsEach = 2;
// What was answered so long ago is on the daemon's disk; and a session that runs a tool then would lose it.
const quietMs = 150;
const patienceMs = 2_500;

/**
 * Returns what the model calls before each piece that it sends. Once every session has finished some
 * turns, and all that go on are in the middle of the next answer, it kills the daemon, once.
 */
export function createCrash(wish: CrashWish): { look(): void; happened(): Crash | undefined } {
  let crash: Crash | undefined;
  let readySince: number | undefined;
  return {
    happened: () => crash,
    look() {
      if (crash !== undefined || !hasEachSomeTurns(wish)) return;
      readySince ??= performance.now();
      const inFlight = wish.calls.filter(({ state }) => state === "streaming").length;
      const isPatient = performance.now() - readySince < patienceMs;
      if (inFlight === 0 || (isPatient && !isQuiet(wish, inFlight))) return;
      const finishedTurns = wish.calls.filter(({ state }) => state === "completed").length;
      crash = { pid: wish.pid, finishedTurns, inFlight };
      wish.kill(crash);
    },
  };
}

/** Each has finished two turns, or one and is at its last. */
function hasEachSomeTurns({ calls, tasks }: CrashWish): boolean {
  return tasks.every(({ task }) => {
    const own = calls.filter((call) => call.task === task);
    const finished = own.filter(({ state }) => state === "completed").length;
    const isAtLast = own.some(({ state, isLast }) => state === "streaming" && isLast);
    return finished >= turnsEach || (finished > 0 && isAtLast);
  });
}

/** Every session that has not ended is being answered, and no answer ended just now. */
function isQuiet({ calls, tasks }: CrashWish, inFlight: number): boolean {
  const lastEnd = Math.max(...calls.map(({ endedAt }) => endedAt ?? -Infinity));
  const ended = calls.filter(({ state, isLast }) => isLast && state === "completed").length;
  return inFlight === tasks.length - ended && performance.now() - lastEnd > quietMs;
}
