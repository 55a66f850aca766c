import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/core/clock.ts";
import { openInProcessStore } from "../../../src/store/sqlite/open-in-process-store.ts";
import { until } from "../../support/e2e/until.ts";
import { checkIntegrity, keptAside } from "../../support/store-damage.ts";
import { acceptOne, newSettle, newWrite } from "../../support/store-fixture.ts";
import { type DaemonStage, createDaemonStage } from "./daemon-process.ts";

interface Known {
  settled: string;
  running: string;
}

/** A settled session and one in the middle of a turn, with a backup of both. */
async function prepareState(stage: DaemonStage): Promise<Known> {
  const store = await openInProcessStore({
    path: join(stage.home, "profclaw.db"),
    artifactsPath: join(stage.home, "artifacts"),
    clock: systemClock,
  });
  const at = { createdAt: Date.now(), cwd: stage.root, provider: "anthropic", model: "claude-sonnet-4-6" };
  const settled = await acceptOne(store, at);
  await store.write(newSettle(settled.id));
  const running = await acceptOne(store, { ...at, id: randomUUID(), tools: [] });
  const start = { type: "session-start", epoch: store.epoch } as const;
  await store.write(newWrite(running.id, { events: [start], patch: { status: "running" } }));
  await store.backUp();
  await store.close();
  return { settled: settled.id, running: running.id };
}

function edit(stage: DaemonStage, sql: string): void {
  const database = new DatabaseSync(join(stage.home, "profclaw.db"), { timeout: 5_000 });
  database.exec(sql);
  database.close();
}

test(
  "damage that shows while the daemon runs ends it, its supervisor brings it back, and it is healed and told",
  { timeout: 60_000 },
  async () => {
    await using stage = await createDaemonStage({ script: () => ({ text: "done" }) });
    const { settled, running } = await prepareState(stage);
    const supervisor = stage.start("supervisor");
    const pid = await stage.untilReady();
    await stage.untilEnded([running]);
    edit(stage, "UPDATE journal SET event = substr(event, 1, 9) WHERE seq = 2 AND session = 1");
    // The first to read it runs into it; the answer is an error, and the daemon is on its way out.
    await stage.rest(`/agents/sessions/${settled}/events`).catch(() => undefined);
    await until(
      () => supervisor.stderr,
      (text) => text.includes("DAMAGED DATABASE"),
      20_000,
    );
    await stage.untilReady(pid);
    const [view] = await stage.untilEnded([settled]);
    expect(view?.status).toBe("completed");
    const { notices } = (await stage.rest("/daemon")).json<{ notices: string[] }>();
    expect(notices).toMatchObject([expect.stringContaining("the database was damaged")]);
    const announced = JSON.parse(readFileSync(join(stage.home, "daemon.json"), "utf8")) as unknown;
    expect(announced).toMatchObject({ notices });
    expect(keptAside(join(stage.home, "profclaw.db"))).not.toEqual([]);
    // What it did after the backup is whole in the damaged file, so it stays as it ended.
    expect((await stage.session(running)).status).toBe("completed");
    supervisor.kill("SIGTERM");
    expect((await supervisor.ended).exitCode).toBe(0);
    expect(checkIntegrity(join(stage.home, "profclaw.db"))).toBe("ok");
  },
);

test(
  "a living session whose last steps are lost is ended as interrupted, and not run again",
  { timeout: 60_000 },
  async () => {
    await using stage = await createDaemonStage({ script: () => ({ text: "done twice" }) });
    const { running } = await prepareState(stage);
    edit(stage, "PRAGMA wal_checkpoint(TRUNCATE); UPDATE specs SET spec = '' WHERE session = 2");
    const daemon = stage.start("main");
    await stage.untilReady();
    const [view] = await stage.untilEnded([running]);
    expect(view).toMatchObject({ status: "interrupted", reason: "lost", error: { code: "lost" } });
    expect(stage.model.requests).toHaveLength(0);
    expect(daemon.stderr).toContain(`interrupted: ${running}`);
    daemon.kill("SIGTERM");
    await daemon.ended;
    // The next start finds it ended, and says nothing new.
    const again = stage.start("main");
    await stage.untilReady(daemon.pid);
    expect(again.stderr).not.toContain("DAMAGED");
  },
);
