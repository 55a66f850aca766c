import type { SessionId } from "../core/id.ts";
import type { Admission } from "./admission.ts";
import type { AgentAdmission } from "./agent-admission.ts";
import type { Pool } from "./pool.ts";

// A thousand that start at once go through every step together, and the first call to a model waits for
// the last session's journal. In small lots the first lot is at its model while the others still read:
// the store answers in groups, and in a few milliseconds it has answered some.
const startsPerLot = 16;
const lotEveryMs = 4;

export interface PumpParts {
  pool: Pool;
  admission: Admission;
  /** Left out: no session has a program to start. */
  agents?: Pick<AgentAdmission, "holdUp">;
  start: (id: SessionId) => void;
}

/** Moves sessions from the queue to free slots, as far as memory allows. */
export interface Pump {
  /** Some now, the rest in lots soon after. */
  fill(): void;
  /** Nothing is started any more. */
  stop(): void;
  /** Why the queue waits although there are free slots; null if it does not. */
  holdUp(): string | null;
}

export function createPump({ pool, admission, agents, start }: PumpParts): Pump {
  let isStopped = false;
  let willFill = false;
  const fillLater = (): void => {
    if (willFill) return;
    willFill = true;
    setTimeout(() => {
      willFill = false;
      fill();
    }, lotEveryMs);
  };
  const hasNext = (): boolean => !isStopped && pool.hasNext;
  const fill = (): void => {
    for (let started = 0; hasNext(); started += 1) {
      if (started === startsPerLot) return fillLater();
      if (!admission.hasRoom(pool.running)) return;
      const entry = pool.take();
      if (entry !== undefined) start(entry.sessionId);
    }
  };
  return {
    fill,
    stop() {
      isStopped = true;
    },
    holdUp() {
      if (pool.hasNext) return admission.shortage();
      const isHeld = pool.queued > 0 && pool.running < pool.size;
      return isHeld ? (agents?.holdUp() ?? null) : null;
    },
  };
}
