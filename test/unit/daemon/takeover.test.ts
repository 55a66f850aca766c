import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { endHolder } from "../../../src/daemon/end-holder.ts";
import { exitCodes } from "../../../src/daemon/exit-codes.ts";
import { reaperArgument } from "../../../src/sandbox/reaper.ts";
import { listProcesses, readArguments } from "../../../src/sandbox/process-table.ts";
import { findLockHolder } from "../../../src/store/sqlite/lock-holder.ts";
import { findProcesses, isAlive } from "../../support/e2e/processes.ts";
import { startProgram } from "../../support/e2e/program.ts";
import { until } from "../../support/e2e/until.ts";
import { createDaemonStage } from "./daemon-process.ts";
import { stopBetweenWrites } from "./stop-between-writes.ts";

test(
  "a takeover kills the stopped daemon, its command with all that left its group, and its reaper, and goes on",
  { timeout: 60_000 },
  async () => {
    let calls = 0;
    await using stage = await createDaemonStage({
      script: () => {
        calls += 1;
        if (calls > 1) return { text: "done by the second" };
        const command = "setsid sleep 3613 & setsid bash -c '(setsid sleep 3614 &)'; sleep 3615";
        return { toolCalls: [{ name: "bash", input: { command, timeout_ms: 60_000 } }] };
      },
    });
    const first = stage.start("supervisor");
    const firstPid = await stage.untilReady();
    const [id = ""] = await stage.spawn(["carry on"], { permission_mode: "full" });
    const left = () => findProcesses(stage.root).filter(({ command }) => /sleep 361\d/.test(command));
    await until(left, (sleeps) => sleeps.length >= 3);
    const reaper = findReaperOf(firstPid);
    // A reaper that was stopped with its daemon gets to do its work.
    await stopBetweenWrites(firstPid, join(stage.home, "profclaw.db"));
    process.kill(reaper, "SIGSTOP");

    const second = stage.start("main", { PROFCLAW_TAKEOVER: "1" });
    const secondPid = await stage.untilReady(firstPid);
    expect([firstPid, reaper].filter(isAlive)).toEqual([]);
    expect(left()).toEqual([]);
    const [view] = await stage.untilEnded([id]);
    expect(view?.result?.text).toBe("done by the second");
    expect((await first.ended).exitCode).toBe(0);
    expect(isAlive(secondPid)).toBe(true);
    expect(second.stderr).toContain(`killed the daemon that held it, pid ${firstPid}, and its commands`);
    second.kill("SIGTERM");
    await second.ended;
  },
);

test("who holds the lock and is no daemon is not killed", { timeout: 20_000 }, async () => {
  const home = mkdtempSync(join(tmpdir(), "profclaw-holder-"));
  const file = fileURLToPath(new URL("../../support/store-lock-holder.ts", import.meta.url));
  const env = { PATH: process.env["PATH"] ?? "" };
  const holder = startProgram({ argv: [process.execPath, file, home], env, cwd: home });
  try {
    await holder.says(/taken/);
    expect(findLockHolder(home)).toBe(holder.pid);
    const outcome = endHolder(home);
    expect(outcome).toMatchObject({ kind: "beyond-reach" });
    expect(JSON.stringify(outcome)).toContain("is no daemon of profclaw");
    expect(isAlive(holder.pid)).toBe(true);
  } finally {
    holder.kill("SIGKILL");
    await holder.ended;
    rmSync(home, { recursive: true });
  }
  expect(findLockHolder(home)).toBeNull();
});

/** Runs a program where no other process is seen; root is mapped, so that it may. */
const apart = ["unshare", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"];
const isApartAllowed = spawnSync(apart[0] ?? "", [...apart.slice(1), "true"]).status === 0;

test.skipIf(!isApartAllowed)(
  "a daemon of another pid namespace is beyond reach: it is fenced, and the log says so",
  { timeout: 60_000 },
  async () => {
    await using stage = await createDaemonStage({ script: () => ({ text: "done" }) });
    const first = stage.start("main");
    const firstPid = await stage.untilReady();
    await stopBetweenWrites(firstPid, join(stage.home, "profclaw.db"));
    const second = stage.start("main", { PROFCLAW_TAKEOVER: "1" }, apart);
    await stage.untilReady(firstPid);
    expect(second.stderr).toContain("could not be ended (no process that is seen from here holds its lock)");
    expect(isAlive(firstPid)).toBe(true);
    process.kill(firstPid, "SIGCONT");
    expect((await first.ended).exitCode).toBe(exitCodes.replaced);
  },
);

test(
  "a stopped daemon that cannot be ended is replaced; going on it writes nothing, says so and ends; its supervisor too",
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
    await stopBetweenWrites(firstPid, join(stage.home, "profclaw.db"));

    const waiting = await stage.start("main").ended;
    expect(waiting.exitCode).toBe(exitCodes.lockHeld);
    const second = stage.start("fencing", { PROFCLAW_TAKEOVER: "1" });
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
  const second = stage.start("fencing", { PROFCLAW_TAKEOVER: "1" });
  const secondPid = await stage.untilReady(firstPid);
  // It was not stopped, and could not be ended: it notices within seconds, without a write of its own.
  expect((await first.ended).exitCode).toBe(exitCodes.replaced);
  const found = JSON.parse(readFileSync(join(stage.home, "daemon.json"), "utf8")) as { pid: number };
  expect(found.pid).toBe(secondPid);
  second.kill("SIGTERM");
  await second.ended;
});

function findReaperOf(daemon: number): number {
  const reaper = listProcesses().find(
    ({ pid, parentId }) => parentId === daemon && readArguments(pid).includes(reaperArgument),
  );
  return reaper?.pid ?? -1;
}
