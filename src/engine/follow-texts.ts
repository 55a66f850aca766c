import type { Log } from "../core/log.ts";
import type { EngineParts } from "./engine-parts.ts";

export interface FollowParts extends Pick<EngineParts, "store" | "hub" | "clock"> {
  /** Sessions run: the store has better things to do. */
  isBusy(): boolean;
  log: Log;
}

// A few milliseconds of the store's thread each time.
const entriesPerStep = 200;
const calmMs = 20;
const busyMs = 1_000;

/** Takes into the search index what sessions live through, a little behind them, until disposed of. */
export function followTexts(parts: FollowParts): Disposable {
  const { store, hub, clock, log } = parts;
  let isOver = false;
  let isArmed = false;
  let disarm: (() => void) | undefined;
  const arm = (ms: number): void => {
    if (isArmed || isOver) return;
    isArmed = true;
    disarm = clock.after(ms, () => void step());
  };
  const step = async (): Promise<void> => {
    try {
      const left = await store.indexTexts(entriesPerStep);
      isArmed = false;
      if (left > 0) arm(parts.isBusy() ? busyMs : calmMs);
    } catch (error) {
      // The next entry tries again; a store that is lost is told of elsewhere.
      isArmed = false;
      if (!isOver) log(`search index: ${String(error)}`, { level: "error" });
    }
  };
  const unsubscribe = hub.subscribe(null, ({ kind }) => {
    if (kind === "journal") arm(busyMs);
  });
  // What was written while no daemon followed.
  arm(busyMs);
  return {
    [Symbol.dispose]() {
      isOver = true;
      unsubscribe();
      disarm?.();
    },
  };
}
