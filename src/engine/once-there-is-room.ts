import type { Clock } from "../core/clock.ts";
import { ProfclawError } from "../core/errors.ts";

const pauseMs = 1_000;

/** What a session needs on disk to go on is tried again while that is full: nobody but a person can make room. */
export async function onceThereIsRoom<Value>(
  clock: Pick<Clock, "after">,
  write: () => Promise<Value>,
): Promise<Value> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof ProfclawError) || error.code !== "storage-full") throw error;
      await new Promise<void>((resolve) => clock.after(pauseMs, resolve));
    }
  }
}
