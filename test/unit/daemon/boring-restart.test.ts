import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { until } from "../../support/e2e/until.ts";
import { createDaemonStage } from "./daemon-process.ts";
import { fillState } from "./full-state.ts";

// On a machine of its own these take a fraction; the margins are for one that does other work besides.
const readyWithinMs = 5_000;
const drainWithinMs = 10_000;

test("with 10,000 sessions on record a daemon is ready in little time", { timeout: 60_000 }, async () => {
  await using stage = await createDaemonStage({ script: () => ({ text: "done" }) });
  const database = join(stage.home, "profclaw.db");
  const artifacts = join(stage.home, "artifacts");
  await fillState({ database, artifacts, cwd: stage.root, ended: 10_000, running: 0, turns: 3 });
  expect(statSync(database).size).toBeGreaterThan(50_000_000);
  const startedAt = performance.now();
  const daemon = stage.start("main");
  await daemon.says(/ready/, "stderr");
  expect(performance.now() - startedAt).toBeLessThan(readyWithinMs);
  expect((await stage.rest("/agents/sessions?limit=5")).status).toBe(200);
  daemon.kill("SIGTERM");
  expect((await daemon.ended).exitCode).toBe(0);
});

test(
  "SIGTERM under load ends within ten seconds, and the sessions go on after it",
  { timeout: 60_000 },
  async () => {
    let isPatient = false;
    await using stage = await createDaemonStage({
      script: () => (isPatient ? { text: "done" } : { hang: true }),
    });
    const daemon = stage.start("main", { POOL_MAX_CONCURRENT: "30" });
    const pid = await stage.untilReady();
    const ids = await stage.spawn(Array.from({ length: 40 }, (_, index) => `task ${index}`));
    await until(
      () => stage.model.inFlight,
      (count) => count === 30,
    );
    const stoppedAt = performance.now();
    daemon.kill("SIGTERM");
    expect((await daemon.ended).exitCode).toBe(0);
    expect(performance.now() - stoppedAt).toBeLessThan(drainWithinMs);
    isPatient = true;
    const next = stage.start("main", { POOL_MAX_CONCURRENT: "30" });
    await stage.untilReady(pid);
    const views = await stage.untilEnded(ids);
    expect(views.filter(({ status }) => status === "completed")).toHaveLength(40);
    next.kill("SIGTERM");
    await next.ended;
  },
);
