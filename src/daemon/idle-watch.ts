import type { Clock } from "../core/clock.ts";

/** What keeps a daemon that was started by a client alive. */
export interface IdleQuestion {
  /** Sessions that have not ended; a waiting one counts. */
  hasWork(): boolean;
  /** Idle so long, ms, and it ends. */
  afterMs: number;
  onIdle(): void;
}

export interface IdleWatch extends Disposable {
  /** A client was here. */
  touch(): void;
}

/** Ends a daemon that nobody needs: no living session and no call for `afterMs`. */
export function createIdleWatch(clock: Clock, question: IdleQuestion): IdleWatch {
  let lastUse = clock.now();
  const stepMs = Math.max(50, Math.min(30_000, Math.floor(question.afterMs / 4)));
  let disarm = clock.after(stepMs, look);
  function look(): void {
    if (question.hasWork()) lastUse = clock.now();
    if (clock.now() - lastUse >= question.afterMs) question.onIdle();
    else disarm = clock.after(stepMs, look);
  }
  return {
    touch() {
      lastUse = clock.now();
    },
    [Symbol.dispose]: () => disarm(),
  };
}
