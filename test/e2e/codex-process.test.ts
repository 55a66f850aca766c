import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SessionView } from "../../src/contract/shapes.ts";
import { createCodexStage, readRun, readRuns, runCodex } from "../support/e2e/codex-stage.ts";
import { findProcesses, killHard } from "../support/e2e/processes.ts";
import type { Stage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

const spawn = ["agent", "spawn", "--agent", "codex"];

async function up(stage: Stage): Promise<void> {
  await stage.run(["up"]);
}

describe.concurrent("the process that codex sessions share", () => {
  test("one whose process dies each time fails and says how; the others that shared it go on in another one", async () => {
    await using stage = await createCodexStage();
    await up(stage);
    const tasks = ["trap:slow 2500", "trap:slow 2600", "trap:exit-0", "trap:exit-1"];
    const [slow, slower, silent, crashed] = await runCodex(stage, tasks);
    const short = [slow, slower].map((session) => [session?.status, session?.error?.detail]);
    expect(short).toEqual([
      ["completed", undefined],
      ["completed", undefined],
    ]);
    expect(silent).toMatchObject({ status: "failed", error: { code: "agent-no-answer" } });
    expect(crashed).toMatchObject({ status: "failed", error: { code: "agent-failed" } });
    expect(crashed?.error?.detail).toContain("panicked");
    for (const session of [silent, crashed]) expect(await countMoves(stage, session)).toBe(2);
    for (const session of [slow, slower]) expect(await countLaunches(stage, session)).toBeLessThan(4);
    // What one had for itself alone does not wait for others.
    await until(
      () => findFakes(stage),
      (left) => left.length <= 1,
      10_000,
    );
  }, 60_000);

  test("goes on in another process when the recorder of its own is killed", async () => {
    await using stage = await createCodexStage();
    await up(stage);
    const { sessions } = await stage.spawn({ sessions: [{ task: "trap:slow 3000", agent: "codex" }] });
    const id = sessions[0]?.id ?? "";
    await until(
      () => readRun(stage, id),
      (log) => log.includes('"looking"'),
    );
    killRecorder(stage, id);
    const [session] = await stage.untilEnded([id], 20_000);
    expect(session).toMatchObject({ status: "completed", error: null });
    expect(await countLaunches(stage, session)).toBe(2);
  }, 60_000);

  test("goes on with its thread also where no word of its first turn came back", async () => {
    await using stage = await createCodexStage();
    await up(stage);
    const { sessions } = await stage.spawn({ sessions: [{ task: "trap:unseen", agent: "codex" }] });
    const id = sessions[0]?.id ?? "";
    const done = join(stage.workspace, "unseen.txt");
    await until(
      () => existsSync(done),
      (isThere) => isThere,
    );
    killRecorder(stage, id);
    const [session] = await stage.untilEnded([id], 20_000);
    const text = "heard: trap:unseen | Go on where you stopped.";
    expect([session?.result?.text, session?.error]).toEqual([text, null]);
    expect(readFileSync(done, "utf8")).toBe("once\n");
  }, 60_000);

  test("begins another thread where codex has kept nothing of the first one", async () => {
    await using stage = await createCodexStage();
    await up(stage);
    const [session] = await runCodex(stage, ["trap:forgets"]);
    expect([session?.result?.text, session?.error]).toEqual(["heard: trap:forgets", null]);
    const { text } = await stage.rest(`/api/agents/sessions/${session?.id}/log`);
    expect(text).toContain("has not kept the conversation");
  }, 60_000);

  test("thirty share one process, each with its own thread, and leave none of theirs in it", async () => {
    await using stage = await createCodexStage({ POOL_MAX_CONCURRENT: "50" });
    await up(stage);
    const tasks = Array.from({ length: 30 }, (_, at) => `trap:slow ${2_000 + at}`);
    const { sessions } = await stage.spawn({ sessions: tasks.map((task) => ({ task, agent: "codex" })) });
    await until(
      () => readRuns(stage),
      (log) => log.split('"looking"').length > 60,
      20_000,
    );
    expect(findFakes(stage)).toHaveLength(1);
    const ended = await stage.untilEnded(
      sessions.map(({ id }) => id),
      30_000,
    );
    expect(ended.map(({ status, result }) => [status, result?.text])).toEqual(
      tasks.map(() => ["completed", "slowly done"]),
    );
    for (const { id } of ended) {
      const log = readRun(stage, id);
      expect(log.match(/"thread\/tokenUsage\/updated"/g)).toHaveLength(2);
      expect(log).not.toContain("pcs_");
    }
    const asked = await runCodex(stage, ["trap:threads"]);
    expect(asked[0]?.result?.text).toBe("1 open");
  }, 60_000);

  test("stopped, its commands end with it and the others that share its process go on", async () => {
    await using stage = await createCodexStage();
    await up(stage);
    const { sessions } = await stage.spawn({
      sessions: ["trap:orphan 4711", "trap:slow 6000"].map((task) => ({ task, agent: "codex" })),
    });
    const [stopped = "", other = ""] = sessions.map(({ id }) => id);
    const orphans = (): unknown[] =>
      findProcesses(stage.root).filter(({ command }) => /sleep 4711/.test(command));
    await until(orphans, (found) => found.length >= 2, 10_000);
    await stage.run(["agent", "stop", stopped]);
    await until(orphans, (found) => found.length === 0, 2_000);
    const ended = await stage.untilEnded([stopped, other], 20_000);
    expect(ended.map(({ status }) => status)).toEqual(["cancelled", "completed"]);
    expect(findFakes(stage)).toHaveLength(1);
  }, 40_000);

  test("is adopted when its daemon is killed in the middle of a turn, and nothing is booked twice", async () => {
    await using stage = await createCodexStage();
    const spawning = stage.start([...spawn, "--count", "2", "--task", "trap:slow"]);
    await until(
      () => readRuns(stage),
      (logs) => logs.split('"looking"').length >= 5,
    );
    const { pid } = stage.discovery();
    killHard(pid);
    await stage.untilReplaced(pid);
    const { exitCode, stdout, stderr } = await spawning.ended;
    expect([exitCode, stdout.match(/slowly done/g)?.length], stderr).toEqual([0, 2]);
    for (const session of await stage.sessions()) {
      expect(session).toMatchObject({ turns: 2, usage: { input_tokens: 2_000, output_tokens: 200 } });
      const log = (await stage.rest(`/api/agents/sessions/${session.id}/log`)).text;
      expect([log.match(/codex launched/g)?.length, log.match(/shell answered/g)?.length]).toEqual([1, 1]);
    }
  }, 40_000);
});

function findFakes(stage: Stage): unknown[] {
  return findProcesses(stage.root).filter(({ command }) => command.includes("fake-codex.ts"));
}

/** That of its first run, which others may share. */
function killRecorder(stage: Stage, id: string): void {
  const start = readFileSync(join(stage.state, "agents", id, "1", "start.json"), "utf8");
  killHard((JSON.parse(start) as { recorder: { pid: number } }).recorder.pid);
}

/** How often its process has ended under it, and it went on in another one. */
async function countMoves(stage: Stage, session: SessionView | undefined): Promise<number | undefined> {
  const log = (await stage.rest(`/api/agents/sessions/${session?.id}/log`)).text;
  return log.match(/It goes on in another one/g)?.length;
}

async function countLaunches(stage: Stage, session: SessionView | undefined): Promise<number | undefined> {
  const log = (await stage.rest(`/api/agents/sessions/${session?.id}/log`)).text;
  return log.match(/codex launched/g)?.length;
}
