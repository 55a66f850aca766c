import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findProcesses, isAlive, killHard } from "../support/e2e/processes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

/** A script of the user's: `agents: <name>`. */
async function createAgentStage(agents: Record<string, unknown>): Promise<Stage> {
  const stage = await createStage();
  mkdirSync(stage.state, { mode: 0o700 });
  writeFileSync(join(stage.state, "config.yaml"), JSON.stringify({ agents }), { mode: 0o600 });
  return stage;
}

const counts = `for i in 1 2 3 4 5 6; do echo "line $i of $1"; sleep 0.4; done`;
const sh = (script: string): { command: string[]; level: string } => ({
  command: ["sh", "-c", script, "agent", "{task}"],
  level: "auto",
});

describe.concurrent("a program of the user's own as an agent", () => {
  test("does its task; what it prints is the result, and how it fails is told", async () => {
    await using stage = await createAgentStage({
      good: sh(`echo "did: $1"`),
      bad: sh("echo no such host >&2; exit 3"),
      wild: { command: ["cat"] },
    });
    const good = await stage.run(["agent", "spawn", "--agent", "good", "--task", "--help me; $(id)"]);
    expect(good.stderr).toContain("completed");
    expect(good.stdout).toContain("did:  --help me; $(id)");
    const bad = await stage.run(["agent", "spawn", "--agent", "bad", "--task", "t"]);
    expect([bad.exitCode, bad.stdout]).toEqual([1, expect.stringContaining("exit code 3: no such host")]);
    const wild = await stage.run(["agent", "spawn", "--agent", "wild", "--task", "t"]);
    expect([wild.exitCode, wild.stderr]).toEqual([6, expect.stringContaining("--permission-mode full")]);
    const full = ["agent", "spawn", "--agent", "wild", "--permission-mode", "full", "--task", "@big.txt"];
    writeFileSync(join(stage.workspace, "big.txt"), "x".repeat(200_000));
    const granted = await stage.run([...full, "--json"]);
    expect([granted.exitCode, granted.stderr]).toEqual([0, expect.anything()]);
    const effort = await stage.run(["agent", "spawn", "--agent", "good", "--effort", "high", "--task", "t"]);
    expect([effort.exitCode, effort.stderr]).toEqual([2, expect.stringContaining("takes no effort")]);
    const typo = await stage.run(["agent", "spawn", "--agent", "goood", "--task", "t"]);
    expect([typo.exitCode, typo.stderr]).toEqual([3, expect.stringContaining("Did you mean good?")]);
  }, 30_000);

  test("lives on when its daemon is killed, twice, and is heard to its end", async () => {
    await using stage = await createAgentStage({ slow: sh(counts) });
    const spawning = stage.start(["agent", "spawn", "--agent", "slow", "--count", "3", "--task", "adopt"]);
    for (const line of ["line 2", "line 4"]) {
      await until(
        () => readOutputs(stage),
        (outputs) => outputs.length === 3 && outputs.every((text) => text.includes(line)),
      );
      const { pid } = stage.discovery();
      killHard(pid);
      await stage.untilReplaced(pid);
    }
    const { exitCode, stdout, stderr } = await spawning.ended;
    expect(exitCode, stderr).toBe(0);
    for (const line of [1, 2, 3, 4, 5, 6]) {
      expect(stdout.split("\n").filter((text) => text === `line ${line} of adopt`)).toHaveLength(3);
    }
    const [first] = await stage.sessions();
    const log = (await stage.rest(`/api/agents/sessions/${first?.id}/log`)).text;
    expect(log.match(/slow launched/g)).toHaveLength(1);
  }, 40_000);

  test("that ended while no daemon was there is told of as it ended", async () => {
    await using stage = await createAgentStage({ short: sh("echo before; sleep 1; echo after; exit 4") });
    await startAndRead(stage, "short", "before");
    for (const one of findProcesses(stage.state)) if (one.command.includes("/daemon/")) killHard(one.pid);
    await until(
      () => readdirSync(runFolder(stage)),
      (names) => names.includes("end.json"),
    );
    await stage.run(["up"]);
    const [session] = await stage.sessions();
    const [ended] = await stage.untilEnded([session?.id ?? ""]);
    expect(ended).toMatchObject({
      status: "failed",
      reason: "agent-error",
      error: { code: "agent-failed", detail: expect.stringContaining("exit code 4") as string },
      result: { text: "before\nafter", truncated: true },
    });
  }, 30_000);

  test.each(["before", "after"])(
    "starts once where its daemon is killed %s its launch is on disk",
    async (moment) => {
      await using stage = await createAgentStage({ marking: sh(`echo ran >> marks; echo done`) });
      const armed = { PROFCLAW_FAILPOINTS: `${moment}:agent-launch=kill@1` };
      const serving = stage.start(["serve", "--port", "0"], { env: armed });
      await serving.says(/serves http/, "stderr");
      await stage.spawn({ sessions: [{ task: "t", agent: "marking" }] });
      await serving.ended;
      await stage.run(["up"]);
      const [session] = await stage.sessions();
      const [ended] = await stage.untilEnded([session?.id ?? ""]);
      expect(ended).toMatchObject({ status: "completed", result: { text: "done" } });
      expect(readFileSync(join(stage.workspace, "marks"), "utf8")).toBe("ran\n");
    },
    30_000,
  );

  test("keeps what is set aside for it when its daemon is killed: nobody else is given it", async () => {
    const script = `echo '{"text":"on","cost_usd":0.1}'; while [ ! -e go ]; do sleep 0.1; done; echo '{"result":"done"}'`;
    await using stage = await createAgentStage({ paid: { ...sh(script), output: "json-lines" } });
    const env = { PROFCLAW_BUDGET_DAY_USD: "1.00" };
    const spawn = ["agent", "spawn", "--agent", "paid", "--task", "t", "--budget", "0.80", "-d"];
    await stage.run(spawn, { env });
    await until(
      () => readOutputs(stage),
      ([output]) => output?.includes("on") === true,
    );
    const { pid } = stage.discovery();
    killHard(pid);
    await stage.run(spawn, { env });
    await until(
      () => readOutputs(stage).length,
      (count) => count === 2,
    );
    writeFileSync(join(stage.workspace, "go"), "");
    const sessions = await stage.sessions();
    const ended = await stage.untilEnded(sessions.map(({ id }) => id));
    expect(ended.map(({ status }) => status)).toEqual(["completed", "completed"]);
    const logs = await Promise.all(
      sessions.map(async ({ id }) => (await stage.rest(`/api/agents/sessions/${id}/log`)).text),
    );
    const given = logs.map((log) => /\$(\d\.\d+) is set aside/.exec(log)?.[1]);
    expect(new Set(given)).toEqual(new Set(["0.20", "0.80"]));
  }, 30_000);

  test("starts after the one before, where only one may be starting at once, and they run side by side", async () => {
    const script = `date +%s%N >> starts; while [ ! -e go ]; do sleep 0.1; done; echo done`;
    await using stage = await createAgentStage({ slow: sh(script) });
    const env = { PROFCLAW_AGENT_STARTS: "1" };
    await stage.run(["agent", "spawn", "--agent", "slow", "--count", "8", "--task", "t", "-d"], { env });
    const why = "starts: 1 starting, and no more than 1 agents do at once";
    const sessions = await until(
      () => stage.sessions(),
      (all) => all.some(({ status, activity }) => status === "queued" && activity === `waits: ${why}`),
    );
    const starts = await until(
      () => read(join(stage.workspace, "starts")).trim().split("\n"),
      (lines) => lines.length === 8,
    );
    writeFileSync(join(stage.workspace, "go"), "");
    const ended = await stage.untilEnded(sessions.map(({ id }) => id));
    expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(["completed"]));
    const times = starts.map((ns) => Number(ns) / 1e6).toSorted((x, y) => x - y);
    // Between the slots 300 ms pass; until a program runs, some more or less.
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(7 * 300 - 500);
  }, 30_000);

  test("is ended on stop with all it started, whatever group, parent and environment that has", async () => {
    const grandchildren = `for i in 1 2 3 4 5; do setsid env -i sleep 77 & setsid sleep 78 & done; sleep 0.5; echo ready; sleep 60`;
    await using stage = await createAgentStage({ spreading: sh(grandchildren) });
    await startAndRead(stage, "spreading", "ready");
    const before = findProcesses(stage.workspace).filter(({ command }) => /^sleep 7[78]/.test(command));
    expect(before).toHaveLength(10);
    const stopped = performance.now();
    await stage.run(["agent", "stop", "--all"]);
    await until(
      () => before.filter(({ pid }) => isAlive(pid)),
      (left) => left.length === 0,
      2_000 - (performance.now() - stopped),
    );
    const [session] = await stage.sessions();
    expect(session).toMatchObject({ status: "cancelled", result: { text: "ready", truncated: true } });
  }, 30_000);

  test("whose time is over is timed out; one whose recorder is killed is interrupted", async () => {
    await using stage = await createAgentStage({ idle: sh("echo begun; sleep 60") });
    const spawn = ["agent", "spawn", "--agent", "idle", "--task", "t"];
    const timed = await stage.run([...spawn, "--timeout", "1s"]);
    expect([timed.exitCode, timed.stdout]).toEqual([124, expect.stringContaining("timed out")]);
    await stage.run([...spawn, "-d"]);
    const found = await until(
      () => recorders(stage),
      (pids) => pids.length > 0,
    );
    for (const pid of found) killHard(pid);
    const [, second] = await stage.sessions();
    const [ended] = await stage.untilEnded([second?.id ?? ""]);
    expect(ended).toMatchObject({ status: "interrupted", reason: "lost" });
  }, 30_000);
});

function read(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** What every run has printed so far. */
function readOutputs(stage: Stage): string[] {
  return runFolders(stage).flatMap((folder) => {
    const path = join(folder, "stdout.log");
    return existsSync(path) ? [readFileSync(path, "utf8")] : [];
  });
}

function runFolders(stage: Stage): string[] {
  const agents = join(stage.state, "agents");
  try {
    return readdirSync(agents).map((id) => join(agents, id, "1"));
  } catch {
    return [];
  }
}

const runFolder = (stage: Stage): string => runFolders(stage)[0] ?? "";

function recorders(stage: Stage): number[] {
  return runFolders(stage).flatMap((folder) => {
    if (!readdirSync(folder).includes("start.json") || readdirSync(folder).includes("end.json")) return [];
    const start = JSON.parse(readFileSync(join(folder, "start.json"), "utf8")) as {
      recorder: { pid: number };
    };
    return [start.recorder.pid];
  });
}

async function startAndRead(stage: Stage, agent: string, text: string): Promise<void> {
  await stage.run(["agent", "spawn", "--agent", agent, "--task", "t", "-d"]);
  await until(
    () => readOutputs(stage),
    ([output]) => output?.includes(text) === true,
  );
}
