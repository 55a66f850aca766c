import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import type { ProblemSeen } from "../../support/e2e/rest.ts";
import { isAlive } from "../../support/e2e/processes.ts";
import { until } from "../../support/e2e/until.ts";
import { checkIntegrity } from "../../support/store-damage.ts";
import { createDaemonStage, mountSmallDisk } from "./daemon-process.ts";

const folder = mkdtempSync(join(tmpdir(), "profclaw-disk-"));
const disk = mountSmallDisk(folder, 8);
// The report counts what is skipped; its name says why.
const unless = disk === null ? " [skipped: no tmpfs can be mounted here]" : "";

afterAll(() => {
  disk?.[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Takes every byte that is left. */
function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (const size of [65_536, 4_096, 512, 1]) while (tryWrite(file, size));
  } finally {
    closeSync(file);
  }
}

function tryWrite(file: number, size: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(size, 1)) > 0;
  } catch {
    return false;
  }
}

test.skipIf(disk === null)(
  `on a full disk spawns are refused 507, reads go on, a running session waits, paid once; room heals it${unless}`,
  { timeout: 60_000 },
  async () => {
    await using stage = await createDaemonStage({
      home: join(folder, "state"),
      script: (request) => ({ text: "done", delayMs: request.firstUserText === "slow" ? 1_500 : 0 }),
    });
    const daemon = stage.start("main");
    const pid = await stage.untilReady();
    const early = await stage.spawn(["early"]);
    await stage.untilEnded(early);
    const [slow = ""] = await stage.spawn(["slow"]);
    await until(
      () => stage.model.inFlight,
      (count) => count === 1,
    );
    fill(join(folder, "filler"));

    const refusals = [];
    for (let attempt = 0; attempt < 40 && refusals.length < 3; attempt += 1) {
      // What is left within the WAL's own file takes some spawns more.
      const sessions = [{ task: "x".repeat(200_000), provider: "anthropic" }];
      const answer = await stage.rest("/agents/sessions", { body: { sessions, cwd: stage.root } });
      if (answer.status !== 202) refusals.push(answer);
    }
    expect(refusals.map(({ status }) => status)).toEqual([507, 507, 507]);
    expect(refusals[0]?.json<ProblemSeen>().code).toBe("storage-full");
    expect((await stage.rest("/agents/sessions?limit=10")).status).toBe(200);
    expect((await stage.session(early[0] ?? "")).status).toBe("completed");

    // The answer of the slow one comes now, and cannot be written down.
    await sleep(3_000);
    expect((await stage.session(slow)).status).toBe("running");
    rmSync(join(folder, "filler"));
    const [view] = await stage.untilEnded([slow]);
    expect(view).toMatchObject({ status: "completed", result: { text: "done" } });
    const asked = stage.model.requests.filter((request) => request.firstUserText === "slow");
    expect(asked).toHaveLength(1);
    await stage.untilEnded(await stage.spawn(["late"]));
    expect(isAlive(pid)).toBe(true);
    daemon.kill("SIGTERM");
    expect((await daemon.ended).exitCode).toBe(0);
    expect(checkIntegrity(join(stage.home, "profclaw.db"))).toBe("ok");
  },
);

test.skipIf(disk === null)(
  `a daemon that cannot start for want of room says so, and starts once there is some${unless}`,
  { timeout: 60_000 },
  async () => {
    await using stage = await createDaemonStage({
      home: join(folder, "state-2"),
      script: () => ({ text: "done" }),
    });
    const first = stage.start("main");
    const pid = await stage.untilReady();
    const ids = await stage.spawn(["kept"]);
    await stage.untilEnded(ids);
    first.kill("SIGKILL");
    await first.ended;
    fill(join(folder, "filler"));
    const refused = await stage.start("main").ended;
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toMatch(/full|no space/i);
    rmSync(join(folder, "filler"));
    stage.start("main");
    await stage.untilReady(pid);
    expect((await stage.session(ids[0] ?? "")).status).toBe("completed");
  },
);
