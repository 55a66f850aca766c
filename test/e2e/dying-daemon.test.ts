import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { DaemonView } from "../../src/contract/daemon-operations.ts";
import { isAlive, killHard } from "../support/e2e/processes.ts";
import { type Program, startProgram } from "../support/e2e/program.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

/** Far below the patience of a call that waits for a daemon which nobody starts. */
const soonMs = 15_000;

async function startServing(stage: Stage): Promise<Program> {
  const serving = stage.start(["serve", "--port", "0"], { withinMs: 60_000 });
  await serving.says(/serves/, "stderr");
  return serving;
}

async function expectUp(stage: Stage, up: Program, exceptPid: number): Promise<void> {
  up.endInput();
  const { exitCode, stdout, stderr, ms } = await up.ended;
  expect(exitCode, stderr).toBe(0);
  expect(ms).toBeLessThan(soonMs);
  const { pid } = JSON.parse(stdout) as DaemonView;
  expect(pid).not.toBe(exceptPid);
  expect(isAlive(pid)).toBe(true);
  expect(stage.discovery().pid).toBe(pid);
}

describe.concurrent("profclaw up beside a daemon that is not well", () => {
  test("one that is killed after it took the connection is replaced", async () => {
    await using stage = await createStage();
    const serving = await startServing(stage);
    serving.kill("SIGSTOP");
    const up = stage.start(["up", "--json"]);
    await sleep(700);
    serving.kill("SIGKILL");
    await expectUp(stage, up, serving.pid);
  });

  test("one that is killed just before is replaced, ten times in a row", { timeout: 90_000 }, async () => {
    await using stage = await createStage();
    for (let time = 0; time < 10; time += 1) {
      const serving = await startServing(stage);
      serving.kill("SIGKILL");
      await expectUp(stage, stage.start(["up", "--json"]), serving.pid);
      const down = await stage.run(["down"]);
      expect(down.exitCode, down.stderr).toBe(0);
    }
  });

  test("one that is dead but not yet rid of the lock is waited for", async () => {
    await using stage = await createStage();
    expect((await stage.run(["up"])).exitCode).toBe(0);
    expect((await stage.run(["down"])).exitCode).toBe(0);
    const file = fileURLToPath(new URL("../support/store-lock-holder.ts", import.meta.url));
    const argv = [process.execPath, file, stage.state] as const;
    const holder = startProgram({ argv: [...argv], env: stage.env, cwd: stage.root });
    await holder.says(/taken/);
    const up = stage.start(["up", "--json"]);
    await sleep(1_500);
    holder.kill("SIGKILL");
    await expectUp(stage, up, holder.pid);
  });

  test("one that is stopped is told of with what to type, and what is typed helps", async () => {
    await using stage = await createStage();
    const serving = await startServing(stage);
    serving.kill("SIGSTOP");
    const [up, status] = await Promise.all([stage.run(["up"]), stage.run(["status", "--json"])]);
    for (const { exitCode, stderr } of [up, status]) {
      expect(exitCode).toBe(4);
      expect(stderr).toContain(
        `The daemon of ${stage.state} (pid ${serving.pid}) takes connections and has not answered for 8 s.`,
      );
      expect(stderr).toContain("PROFCLAW_TAKEOVER=1 profclaw serve");
    }
    const [, words = ""] = /(kill -CONT \d+)/.exec(up.stderr) ?? [];
    expect((await stage.shell(words)).exitCode).toBe(0);
    expect((await stage.run(["up"])).exitCode).toBe(0);
  });

  test("one that lost its supervisor is found, and one that its supervisor brings back is waited for", async () => {
    await using stage = await createStage();
    const first = JSON.parse((await stage.run(["up", "--json"])).stdout) as DaemonView;
    killHard(readParent(first.pid));
    const second = JSON.parse((await stage.run(["up", "--json"])).stdout) as DaemonView;
    expect(second.pid).toBe(first.pid);
    killHard(first.pid);
    await expectUp(stage, stage.start(["up", "--json"]), first.pid);
    // The new one has a supervisor: both may bring a daemon, and one stays.
    const { pid } = stage.discovery();
    killHard(pid);
    await expectUp(stage, stage.start(["up", "--json"]), pid);
  });

  test("one that is stopping is followed by the next", async () => {
    await using stage = await createStage();
    const { pid } = JSON.parse((await stage.run(["up", "--json"])).stdout) as DaemonView;
    process.kill(pid, "SIGTERM");
    await expectUp(stage, stage.start(["up", "--json"]), pid);
  });

  test("a file that names another program's port misleads nobody", async () => {
    await using stage = await createStage();
    expect((await stage.run(["up"])).exitCode).toBe(0);
    const before = stage.discovery();
    killHard(readParent(before.pid));
    killHard(before.pid);
    const silent = createServer(() => undefined).listen(0, "127.0.0.1");
    await until(
      () => silent.address(),
      (address) => address !== null,
    );
    const { port } = silent.address() as AddressInfo;
    writeFileSync(join(stage.state, "daemon.json"), JSON.stringify({ ...before, port }));
    await expectUp(stage, stage.start(["up", "--json"]), before.pid);
    silent.close();
  });
});

function readParent(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[1]);
}
