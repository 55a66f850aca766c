import { afterEach, expect, test } from "vitest";
import { createFixedClock } from "../../../src/core/clock.ts";
import { type MemoryState, createAdmission, findShortage } from "../../../src/engine/admission.ts";
import { createPool } from "../../../src/engine/pool.ts";
import { createPump } from "../../../src/engine/pump.ts";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";

const mb = 2 ** 20;
const roomy: MemoryState = {
  residentBytes: 100 * mb,
  heapUsedBytes: 50 * mb,
  heapLimitBytes: 4_000 * mb,
  availableBytes: 8_000 * mb,
  totalBytes: 16_000 * mb,
};

let daemon: InProcessDaemon | undefined;
afterEach(async () => {
  await daemon?.close();
  daemon = undefined;
});

/** A queue of ten behind a pump whose memory the test sets. */
function createScene() {
  const clock = createFixedClock(0);
  const pool = createPool(10);
  const started: string[] = [];
  const log: string[] = [];
  const scene = { clock, pool, started, log, memory: roomy, reads: 0 };
  const pump = createPump({
    pool,
    start: (id) => started.push(id),
    admission: createAdmission({
      clock,
      limitBytes: 500 * mb,
      readMemory() {
        scene.reads += 1;
        return scene.memory;
      },
      onRoom: () => pump.fill(),
      log: (text) => log.push(text),
    }),
  });
  for (let at = 0; at < 10; at += 1)
    pool.enqueue({ sessionId: `s${at}`, rootId: "r", priority: 0, provider: "p" }, "back");
  return { scene, pump };
}

test("short of memory the queue waits, says why once, and goes on by itself when there is room", () => {
  const { scene, pump } = createScene();
  scene.memory = { ...roomy, residentBytes: 600 * mb };
  pump.fill();
  expect(scene.started).toEqual(["s0"]);
  expect(pump.holdUp()).toBe("memory: the daemon holds 600 MB of the 500 MB that it may");
  scene.clock.advance(500);
  scene.clock.advance(500);
  expect(scene.started).toEqual(["s0"]);
  expect(scene.log).toEqual(["the queue waits: memory: the daemon holds 600 MB of the 500 MB that it may"]);
  scene.memory = roomy;
  scene.clock.advance(500);
  expect(scene.started).toHaveLength(10);
  expect(pump.holdUp()).toBeNull();
});

test("what waits gets through one by one, however short memory is", () => {
  const { scene, pump } = createScene();
  scene.memory = { ...roomy, availableBytes: 0 };
  pump.fill();
  for (let at = 0; at < 9; at += 1) {
    scene.pool.remove(`s${at}`);
    pump.fill();
  }
  expect(scene.started).toHaveLength(10);
});

test("memory is read a few times a second, not for each session", () => {
  const { scene, pump } = createScene();
  pump.fill();
  expect(scene.started).toHaveLength(10);
  expect(scene.reads).toBe(1);
});

test.each([
  ["nothing", {}, null],
  ["the heap", { heapUsedBytes: 3_600 * mb }, /heap holds 3600 MB of 4000 MB/],
  ["the machine", { availableBytes: 200 * mb }, /machine has 200 MB of 16000 MB left/],
  ["a small machine, which has its share", { availableBytes: 60 * mb, totalBytes: 1_000 * mb }, null],
])("what is short: %s", (_, change, said) => {
  const found = findShortage({ ...roomy, ...change }, null);
  if (said === null) expect(found).toBeNull();
  else expect(found).toMatch(said);
});

test("with PROFCLAW_MEMORY_MB=1 sessions run one after the other, none is lost, and the pool says why", async () => {
  let most = 0;
  daemon = await startInProcessDaemon(
    () => {
      most = Math.max(most, daemon?.parts.engine.poolState().running ?? 0);
      return { text: "done", delayMs: 20 };
    },
    { PROFCLAW_MEMORY_MB: "1" },
  );
  const ids = await daemon.spawn(Array.from({ length: 6 }, () => ({})));
  expect(await daemon.handlers.getPool({}, admin)).toMatchObject({
    running: 1,
    queued: 5,
    hold_up: expect.stringMatching(/^memory: the daemon holds \d+ MB of the 1 MB/) as string,
  });
  const ended = await daemon.untilEnded(ids);
  expect(ended.map(({ status }) => status)).toEqual(ids.map(() => "completed"));
  expect(most).toBe(1);
});
