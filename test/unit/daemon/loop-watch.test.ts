import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { watchLoop } from "../../../src/daemon/loop-watch.ts";

test("a loop that stands still is seen, and how long", async () => {
  using watch = watchLoop(() => undefined);
  await sleep(60);
  const until = performance.now() + 200;
  while (performance.now() < until);
  await sleep(60);
  expect(watch.read().max).toBeGreaterThan(120);
  expect(watch.read().p50).toBeLessThan(watch.read().max);
});
