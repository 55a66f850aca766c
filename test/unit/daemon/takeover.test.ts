import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { exitCodes } from "../../../src/daemon/exit-codes.ts";
import { isAlive } from "../../support/e2e/processes.ts";
import { until } from "../../support/e2e/until.ts";
import { createDaemonStage } from "./daemon-process.ts";

test(
  "a stopped daemon that is replaced and then goes on writes nothing, says so and ends; its supervisor too",
  { timeout: 60_000 },
  async () => {
    let calls = 0;
    await using stage = await createDaemonStage({
      script: () => {
        calls += 1;
        return calls === 1 ? { hang: true } : { text: "done by the second" };
      },
    });
    const first = stage.start("supervisor");
    const firstPid = await stage.untilReady();
    const [id = ""] = await stage.spawn(["carry on"]);
    await until(
      () => stage.model.inFlight,
      (count) => count === 1,
    );
    process.kill(firstPid, "SIGSTOP");

    const waiting = await stage.start("main").ended;
    expect(waiting.exitCode).toBe(exitCodes.lockHeld);
    const second = stage.start("main", { PROFCLAW_TAKEOVER: "1" });
    const secondPid = await stage.untilReady(firstPid);
    const [view] = await stage.untilEnded([id]);
    expect(view?.result?.text).toBe("done by the second");

    process.kill(firstPid, "SIGCONT");
    const end = await first.ended;
    expect(end.exitCode).toBe(0);
    expect(end.stderr).toContain("a later daemon");
    expect(end.stderr).not.toContain("crashed");
    expect(isAlive(firstPid)).toBe(false);
    // What belongs to the second is still there.
    expect(isAlive(secondPid)).toBe(true);
    expect(await stage.untilReady(firstPid)).toBe(secondPid);
    expect((await stage.session(id)).status).toBe("completed");
    expect(stage.model.requests).toHaveLength(2);

    // The second has the lock by now: a third one finds it held, whoever that is.
    const third = await stage.start("main").ended;
    expect(third.exitCode).toBe(exitCodes.lockHeld);
    second.kill("SIGTERM");
    expect((await second.ended).exitCode).toBe(0);
    expect(listEpochs(join(stage.home, "profclaw.db"), id)).toEqual([1, 2]);
  },
);

/** The epochs of the daemons that wrote a start of this session, in order. */
function listEpochs(path: string, id: string): number[] {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database
    .prepare(
      `SELECT event ->> '$.epoch' AS epoch FROM journal JOIN sessions ON sessions.number = session
       WHERE id = ? AND event ->> '$.type' = 'session-start' ORDER BY seq`,
    )
    .all(id);
  database.close();
  return rows.map(({ epoch }) => Number(epoch));
}

test("a daemon's file is only taken away by the daemon that wrote it", { timeout: 30_000 }, async () => {
  await using stage = await createDaemonStage({ script: () => ({ text: "done" }) });
  const first = stage.start("main");
  const firstPid = await stage.untilReady();
  const second = stage.start("main", { PROFCLAW_TAKEOVER: "1" });
  const secondPid = await stage.untilReady(firstPid);
  // It was not stopped: it notices within seconds, without a write of its own.
  expect((await first.ended).exitCode).toBe(exitCodes.replaced);
  const found = JSON.parse(readFileSync(join(stage.home, "daemon.json"), "utf8")) as { pid: number };
  expect(found.pid).toBe(secondPid);
  second.kill("SIGTERM");
  await second.ended;
});
