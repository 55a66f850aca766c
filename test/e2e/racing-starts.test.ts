import { expect, test } from "vitest";
import type { DaemonView } from "../../src/contract/daemon-operations.ts";
import { findProcesses, isAlive } from "../support/e2e/processes.ts";
import { createStage } from "../support/e2e/stage.ts";

const racers = 50;

test("fifty that start at once on an empty state folder have one daemon between them", async () => {
  await using stage = await createStage();
  const args = ["up", "--json"];
  const ends = await Promise.all(Array.from({ length: racers }, () => stage.run(args, { withinMs: 55_000 })));
  for (const { exitCode, stderr } of ends) expect(exitCode, stderr).toBe(0);
  const pids = new Set(ends.map(({ stdout }) => (JSON.parse(stdout) as DaemonView).pid));
  const [pid = 0] = pids;
  expect(pids.size).toBe(1);
  expect(isAlive(pid)).toBe(true);
  const daemons = findProcesses(stage.state).filter(({ command }) => command.includes("/daemon/main.js"));
  expect(daemons.map((daemon) => daemon.pid)).toEqual([pid]);
  expect(stage.discovery().pid).toBe(pid);
});
