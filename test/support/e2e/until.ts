import { setTimeout as sleep } from "node:timers/promises";

const pauseMs = 15;

/** Reads again and again until the condition holds, and answers what was read then. */
export async function until<Value>(
  read: () => Value | Promise<Value>,
  condition: (value: Value) => boolean,
  withinMs = 15_000,
): Promise<Value> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await read();
    if (condition(value)) return value;
    if (performance.now() > deadline) {
      throw new Error(`not so after ${withinMs} ms: ${JSON.stringify(value).slice(0, 3_000)}`);
    }
    await sleep(pauseMs);
  }
}
