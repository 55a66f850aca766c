import { setTimeout as sleep } from "node:timers/promises";

/** Looks again and again until it is so; throws with `what` after `withinMs`. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  { withinMs = 10_000, pauseMs = 10 }: { withinMs?: number; pauseMs?: number } = {},
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`${what}: not so after ${withinMs} ms`);
    await sleep(pauseMs);
  }
}
