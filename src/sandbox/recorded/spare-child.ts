import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";

/** Processes that wait on their stdin for what they are to do: the next one is started ahead of time. */
export interface SpareChild {
  /** The one that waits, or a new one; another is made when some time has gone by without a further take. */
  take(): ChildProcess;
  /** Ends the one that waits: its stdin is closed. */
  drop(): void;
}

export interface SpareWish {
  start: () => ChildProcess;
  /** After a take, ms: starts that come together are not to share the machine with it. */
  afterMs: number;
  /** Unused for that long it is ended, ms. */
  keptMs: number;
}

/** None of its timers and pipes keeps this process alive; with this process the one that waits ends too. */
export function createSpareChild({ start, afterMs, keptMs }: SpareWish): SpareChild {
  let waiting: ChildProcess | null = null;
  let timer: NodeJS.Timeout | undefined;
  const drop = (): void => {
    clearTimeout(timer);
    waiting?.stdin?.end();
    waiting = null;
  };
  const prepare = (): void => {
    waiting = start();
    (waiting.stdin as Socket | null)?.unref();
    timer = setTimeout(drop, keptMs).unref();
  };
  return {
    drop,
    take() {
      clearTimeout(timer);
      const taken = waiting !== null && canHear(waiting) ? waiting : start();
      waiting = null;
      timer = setTimeout(prepare, afterMs).unref();
      return taken;
    },
  };
}

function canHear({ pid, exitCode, signalCode, stdin }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null && stdin?.writable === true;
}
