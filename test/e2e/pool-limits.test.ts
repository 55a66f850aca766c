import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { PoolView } from "../../src/contract/shapes.ts";
import { createDeferred } from "../../src/core/deferred.ts";
import { findProcesses } from "../support/e2e/processes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";
import type { ModelScript } from "../support/model-server/reply.ts";

const many = ["agent", "spawn", "--yes", "--count", "60", "--task", "one of many"];

function slowly(delayMs: number): ModelScript {
  return () => ({ text: "done", delayMs });
}

/** Holds the first calls until so many are there at once, and a moment longer, to see whether more come. */
function createCrowd(size: number): ModelScript {
  let come = 0;
  const full = createDeferred<void>();
  return async () => {
    come += 1;
    if (come === size) setTimeout(() => full.resolve(), 150);
    await full.promise;
    return { text: "done", delayMs: 10 };
  };
}

/** The most calls the model server had at once since then. */
function countAtOnce(stage: Stage, since: number): number {
  return Math.max(...stage.model.requests.slice(since).map(({ concurrency }) => concurrency));
}

async function readPool(stage: Stage): Promise<PoolView> {
  return (await stage.rest("/api/pool")).json<PoolView>();
}

const modes: [mode: string, most: number][] = [
  ["pico", 2],
  ["", 10],
  ["pro", 50],
];

test.concurrent.each(modes)(
  "S14: of sixty, mode %o runs %i at once and never more; all end",
  async (mode, most) => {
    await using stage = await createStage({ script: createCrowd(most), env: { PROFCLAW_MODE: mode } });
    const { exitCode, stdout, stderr } = await stage.run(many);
    expect(exitCode, stderr).toBe(0);
    expect(stdout.match(/^== [0-9a-f]{8} {2}completed/gm)).toHaveLength(60);
    expect(stage.model.maxConcurrent).toBe(most);
    expect(await readPool(stage)).toMatchObject({
      mode: mode || "mini",
      max_concurrent: most,
      running: 0,
      queued: 0,
    });
  },
);

test.concurrent("S14: the rest is queued, and a small batch that comes later is not starved by the large one", async () => {
  await using stage = await createStage({ script: slowly(60), env: { PROFCLAW_MODE: "pico" } });
  const large = await stage.run(["agent", "spawn", "-d", "--yes", "--count", "40", "--task", "large"]);
  expect(large.exitCode, large.stderr).toBe(0);
  const small = await stage.run(["agent", "spawn", "--count", "2", "--task", "small"]);
  expect(small.exitCode, small.stderr).toBe(0);
  expect((await readPool(stage)).queued).toBeGreaterThan(10);
  await until(
    () => readPool(stage),
    ({ running, queued }) => running + queued === 0,
    10_000,
  );
  expect(stage.model.maxConcurrent).toBe(2);
});

test.concurrent("S15: POOL_MAX_CONCURRENT wins over the mode, at the start and against a running daemon", async () => {
  const env = { PROFCLAW_MODE: "pro", POOL_MAX_CONCURRENT: "3" };
  await using stage = await createStage({ script: createCrowd(3), env });
  await stage.run(["agent", "spawn", "--count", "9", "--task", "narrow"]);
  expect(stage.model.maxConcurrent).toBe(3);
  stage.model.setScript(createCrowd(25));
  const asked = stage.model.requests.length;
  const wide = await stage.shell(
    'export POOL_MAX_CONCURRENT=25\nprofclaw agent spawn --yes --count 40 --task "wide"',
    { env: { PROFCLAW_MODE: "" } },
  );
  expect(wide.exitCode, wide.stderr).toBe(0);
  expect(wide.stderr).toContain("daemon: at most 25 sessions at once (was 3)");
  expect(countAtOnce(stage, asked)).toBe(25);
});

test.concurrent("S15: a wrong value is refused at the start: exit 3, the way out, and no daemon is left", async () => {
  await using stage = await createStage();
  for (const value of ["0", "-1", "abc", "2.5", "10001"]) {
    for (const args of [["agent", "spawn", "--task", "x"], ["up"], ["serve"]]) {
      const end = await stage.run(args, { env: { POOL_MAX_CONCURRENT: value } });
      const shown = `${value}: profclaw ${args.join(" ")}: ${end.stderr}`;
      expect(end.exitCode, shown).toBe(3);
      expect(end.stderr, shown).toContain(`POOL_MAX_CONCURRENT is "${value}"`);
      expect(end.stderr, shown).toContain("export POOL_MAX_CONCURRENT=25");
    }
  }
  expect(findProcesses(stage.root)).toEqual([]);
  expect(existsSync(join(stage.state, "daemon.json"))).toBe(false);
  expect(stage.model.requests).toHaveLength(0);
});

test.concurrent("S15: against a running daemon a wrong value is refused too, and the pool stays as it was", async () => {
  await using stage = await createStage();
  await stage.run(["up"]);
  const settings = [{ POOL_MAX_CONCURRENT: "0" }, { POOL_TIMEOUT_MS: "soon" }, { PROFCLAW_MODE: "huge" }];
  for (const env of settings) {
    const end = await stage.run(["agent", "spawn", "--task", "x"], { env });
    const [[name, value] = []] = Object.entries(env);
    expect(end.exitCode, end.stderr).toBe(3);
    expect(end.stderr).toContain(`${name} is "${value}"`);
    expect(end.stderr).toContain(`export ${name}=`);
  }
  expect(await readPool(stage)).toMatchObject({ mode: "mini", max_concurrent: 10, timeout_ms: 300_000 });
  expect(await stage.sessions()).toEqual([]);
});

test.concurrent("S15: the pool is changed over REST with the token only, at once and for those that queue", async () => {
  await using stage = await createStage({ script: slowly(2_000), env: { POOL_MAX_CONCURRENT: "1" } });
  await stage.run(["agent", "spawn", "-d", "--count", "4", "--task", "wait"]);
  const change = { method: "PUT", body: { max_concurrent: 4 } };
  expect((await stage.rest("/api/pool", change)).status).toBe(401);
  expect(stage.model.inFlight).toBeLessThanOrEqual(1);
  const changed = await stage.rest("/api/pool", { ...change, token: stage.token() });
  expect(changed.json<PoolView>()).toMatchObject({ max_concurrent: 4 });
  await until(
    () => stage.model.inFlight,
    (count) => count === 4,
    1_000,
  );
});
