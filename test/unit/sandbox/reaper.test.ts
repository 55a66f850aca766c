import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { runCommand } from "../../../src/sandbox/run-command.ts";
import { readProcess } from "../../../src/sandbox/process-table.ts";
import { findProcesses, sweepProcesses } from "../../../src/sandbox/sweep-processes.ts";
import { findByArgument, uniqueSleep, waitUntil } from "./processes.ts";

const standIn = fileURLToPath(new URL("./daemon-stand-in.ts", import.meta.url));

function startDaemon(scripts: readonly string[]) {
  return spawn(process.execPath, [standIn, tmpdir(), ...scripts], { stdio: "ignore" });
}

/** Those of a process; without one, of all. */
function findReapers(parent?: number): number[] {
  const all = findByArgument("--profclaw-reaper");
  return parent === undefined ? all : all.filter((pid) => readProcess(pid)?.parentId === parent);
}

function run(script: string): ReturnType<typeof runCommand> {
  return runCommand({
    argv: ["/bin/bash", "-c", script],
    cwd: tmpdir(),
    path: "/usr/bin:/bin",
    sessionId: "a-session",
    timeoutMs: 5_000,
    maxOutputBytes: 1_000,
    signal: new AbortController().signal,
  });
}

describe("when the daemon dies", () => {
  test("of kill -9, all tool processes are gone within two seconds, setsid or not", async () => {
    const sleeps = Array.from({ length: 30 }, uniqueSleep);
    const scripts = Array.from({ length: 10 }, (_, index) => {
      const [plain, detached, twice] = sleeps.slice(index * 3);
      return `sleep ${plain} & setsid sleep ${detached} & setsid bash -c '(setsid sleep ${twice} &) ; sleep 300' & wait`;
    });
    const daemon = startDaemon(scripts);
    const alive = () => sleeps.filter((seconds) => findByArgument(seconds).length > 0).length;
    expect(await waitUntil(() => alive() === sleeps.length, 10_000)).toBeDefined();
    daemon.kill("SIGKILL");
    expect(await waitUntil(() => alive() === 0, 2_000)).toBeDefined();
  });

  test("a command that is just starting dies too", async () => {
    const seconds = uniqueSleep();
    const daemon = startDaemon([`setsid sleep ${seconds} & wait`]);
    expect(await waitUntil(() => findByArgument(seconds).length > 0, 10_000)).toBeDefined();
    daemon.kill("SIGKILL");
    expect(await waitUntil(() => findByArgument(seconds).length === 0, 2_000)).toBeDefined();
  });

  test("the reaper ends with it", async () => {
    const seconds = uniqueSleep();
    const daemon = startDaemon([`sleep ${seconds}`]);
    expect(await waitUntil(() => findReapers(daemon.pid).length > 0, 10_000)).toBeDefined();
    const own = findReapers(daemon.pid);
    daemon.kill("SIGKILL");
    await once(daemon, "exit");
    expect(await waitUntil(() => own.every((pid) => !findReapers().includes(pid)), 2_000)).toBeDefined();
  });
});

test("a process that runs no command any more is not kept alive by its reaper", async () => {
  const daemon = startDaemon(["true"]);
  const [exitCode] = await once(daemon, "exit");
  expect(exitCode).toBe(0);
});

test("a reaper that dies is replaced, and commands still end clean", async () => {
  await run("true");
  const own = findReapers(process.pid);
  expect(own).toHaveLength(1);
  for (const pid of own) process.kill(pid, "SIGKILL");
  await waitUntil(() => !own.some((pid) => findReapers().includes(pid)), 1_000);
  const seconds = uniqueSleep();
  expect(await run(`setsid sleep ${seconds} & sleep 0.1; echo ok`)).toMatchObject({
    output: { text: "ok\n" },
  });
  expect(findByArgument(seconds)).toEqual([]);
});

test("a sweep takes no process of another command", async () => {
  const seconds = uniqueSleep();
  const other = spawn("sleep", [seconds], {
    env: { PROFCLAW_COMMAND_ID: "other-command", PATH: "/usr/bin:/bin" },
  });
  try {
    expect(await waitUntil(() => findByArgument(seconds).length > 0, 2_000)).toBeDefined();
    expect([...findProcesses([{ commandId: "other-command", groupId: 0 }]).keys()]).toEqual([other.pid]);
    expect(sweepProcesses([{ commandId: "other", groupId: 0 }])).toBe(true);
    expect(findByArgument(seconds)).toEqual([other.pid]);
  } finally {
    other.kill("SIGKILL");
  }
});
