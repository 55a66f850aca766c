import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { type SpareChild, createSpareChild } from "../../../src/sandbox/recorded/spare-child.ts";
import { until } from "../../support/e2e/until.ts";

let started: ChildProcess[] = [];

/** `cat` waits on its stdin as a recorder does, and ends with it. */
function createSpare(keptMs = 60_000): SpareChild {
  started = [];
  const start = (): ChildProcess => {
    const child = spawn("cat", { stdio: ["pipe", "pipe", "ignore"] });
    started.push(child);
    return child;
  };
  return createSpareChild({ start, afterMs: 30, keptMs });
}

afterEach(() => started.forEach((child) => child.kill("SIGKILL")));

const untilStarted = (count: number): Promise<number> =>
  until(
    () => started.length,
    (there) => there === count,
  );

test("the one that waits is taken, and does what it is told; then the next one is made", async () => {
  const spare = createSpare();
  const first = spare.take();
  await untilStarted(2);
  const second = spare.take();
  expect([second === first, second === started[1]]).toEqual([false, true]);
  const said = once(second.stdout ?? process.stdin, "data");
  second.stdin?.end("a task\n");
  expect(String(await said)).toBe("a task\n");
  await untilStarted(3);
  spare.drop();
});

test("takes that come together start one each, and one only is made ahead of the next", async () => {
  const spare = createSpare();
  const taken = [spare.take(), spare.take(), spare.take()];
  expect(new Set(taken).size).toBe(3);
  await sleep(120);
  expect(started).toHaveLength(4);
  spare.drop();
});

test("one that died while it waited is not taken", async () => {
  const spare = createSpare();
  spare.take();
  await untilStarted(2);
  const [, dead] = started;
  dead?.kill("SIGKILL");
  await once(dead ?? process, "exit");
  expect(spare.take()).toBe(started[2]);
  spare.drop();
});

test("one that nobody takes is ended after its time, or at once when it is dropped", async () => {
  const spare = createSpare(50);
  spare.take();
  await untilStarted(2);
  await once(started[1] ?? process, "exit");
  spare.take();
  await untilStarted(4);
  const [, , , last] = started;
  const ended = once(last ?? process, "exit");
  spare.drop();
  expect(await ended).toEqual([0, null]);
});
