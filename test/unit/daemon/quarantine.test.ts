import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readCrashes, toCrashPath } from "../../../src/daemon/crash-record.ts";
import { until } from "../../support/e2e/until.ts";
import { type DaemonStage, createDaemonStage } from "./daemon-process.ts";

/**
 * A module that daemons load first: a model call whose text holds the word sets off what the code says,
 * as a bug of ours in a session's run would.
 */
function plant(stage: DaemonStage, word: string, code: string): Record<string, string> {
  const path = join(stage.root, "plant.mjs");
  const module = `
    import { subscribe } from "node:diagnostics_channel";
    subscribe("undici:request:create", ({ request }) => {
      if (String(request.body).includes(${JSON.stringify(word)})) { ${code} }
    });`;
  writeFileSync(path, module);
  return { NODE_OPTIONS: `--import ${path}` };
}

const crash = "setTimeout(() => { throw new Error('a bug') }, 30);";

test(
  "a session whose run brought the daemon down twice is not run a third time; the others go on",
  { timeout: 60_000 },
  async () => {
    await using stage = await createDaemonStage({
      script: (request) =>
        request.firstUserText === "calm" ? { text: "done", delayMs: 700 } : { hang: true },
    });
    const supervisor = stage.start("supervisor", plant(stage, "explosive", crash));
    await stage.untilReady();
    const ids = await stage.spawn(["calm", "explosive", "calm"]);
    const views = await stage.untilEnded(ids);
    expect(views.map(({ status }) => status)).toEqual(["completed", "failed", "completed"]);
    expect(views[1]).toMatchObject({ reason: "crash", error: { code: "quarantined" } });
    expect(views[1]?.error?.detail).toContain("Spawn it again");
    const crashes = readCrashes(toCrashPath(stage.home));
    expect(crashes.map(({ culprit }) => culprit)).toEqual([ids[1], ids[1]]);
    expect(crashes[0]?.how).toContain("a bug");
    expect(crashes[0]?.present?.toSorted()).toEqual(ids.toSorted());
    supervisor.kill("SIGTERM");
    await supervisor.ended;
  },
);

test(
  "a session that is alone when the heap's limit ends the daemon, twice, is not run again",
  { timeout: 60_000 },
  async () => {
    await using stage = await createDaemonStage({ script: () => ({ hang: true }) });
    const grow = "const all = []; for (;;) all.push(new Array(1e6).fill(0.5));";
    const { NODE_OPTIONS = "" } = plant(stage, "hungry", grow);
    const supervisor = stage.start("supervisor", {
      NODE_OPTIONS: `${NODE_OPTIONS} --max-old-space-size=96`,
    });
    await stage.untilReady();
    const ids = await stage.spawn(["hungry"]);
    const [view] = await stage.untilEnded(ids, 30_000);
    expect(view).toMatchObject({ status: "failed", error: { code: "quarantined" } });
    const crashes = readCrashes(toCrashPath(stage.home));
    expect(crashes).toMatchObject([
      { how: "SIGABRT", culprit: null, present: ids },
      { how: "SIGABRT", culprit: null, present: ids },
    ]);
    supervisor.kill("SIGTERM");
    await supervisor.ended;
  },
);

test("kills from outside never count against a session", { timeout: 60_000 }, async () => {
  let calls = 0;
  await using stage = await createDaemonStage({
    script: () => {
      calls += 1;
      return calls <= 3 ? { hang: true } : { text: "done" };
    },
  });
  let pid = 0;
  const ids: string[] = [];
  for (const signal of ["SIGKILL", "SIGTERM", "SIGKILL"] as const) {
    const daemon = stage.start("main");
    pid = await stage.untilReady(pid);
    if (ids.length === 0) ids.push(...(await stage.spawn(["patient"])));
    const seen = stage.model.requests.length;
    await until(
      () => stage.model.inFlight,
      (count) => count > 0 && seen >= 0,
    );
    daemon.kill(signal);
    await daemon.ended;
  }
  stage.start("main");
  await stage.untilReady(pid);
  const [view] = await stage.untilEnded(ids);
  expect(view?.status).toBe("completed");
  expect(existsSync(toCrashPath(stage.home))).toBe(false);
});
