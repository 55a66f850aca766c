import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findProcesses, isAlive, killHard } from "../support/e2e/processes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

// AGENT_ORPHANS=50 npx vitest run test/e2e/agent-orphans.test.ts: the figure of docs/agents.md.
const count = Number(process.env["AGENT_ORPHANS"] ?? 6);
const mostMs = 2_000;

// Each leaves its group and its environment in two ways, one keeps its ears shut to SIGTERM, and all have gone from their parent.
const script = `trap "" TERM
for i in 1 2; do setsid env -i sleep 771 & setsid sh -c 'trap "" TERM; sleep 772 & wait' & done
sleep 0.6; echo ready; sleep 773`;

interface Scene {
  stage: Stage;
  /** All that the agents are and have started, the recorders left out. */
  doomed: number[];
  starts: { recorder: number; program: number }[];
}

async function createScene(stage: Stage, more: { timeout?: number } = {}): Promise<Scene> {
  mkdirSync(stage.state, { mode: 0o700 });
  const agents = { littering: { command: ["sh", "-c", script], level: "auto" } };
  writeFileSync(join(stage.state, "config.yaml"), JSON.stringify({ agents }), { mode: 0o600 });
  await stage.run(["up"], {
    env: { POOL_MAX_CONCURRENT: String(count), PROFCLAW_AGENT_STARTS: String(count) },
  });
  await stage.spawn({
    sessions: Array.from({ length: count }, () => ({ task: "t", agent: "littering" })),
    ...more,
  });
  await until(
    () => runFolders(stage).filter((folder) => read(join(folder, "stdout.log")).includes("ready")).length,
    (ready) => ready === count,
    60_000,
  );
  const starts = runFolders(stage).map((folder) => {
    const start = JSON.parse(read(join(folder, "start.json"))) as Record<
      "recorder" | "program",
      { pid: number }
    >;
    return { recorder: start.recorder.pid, program: start.program.pid };
  });
  const doomed = findProcesses(stage.workspace)
    .filter(({ command }) => /^(?:sleep 77|sh -c )/.test(command))
    .map(({ pid }) => pid);
  // The program, its last sleep, and for each turn of its loop one sleep, one shell and the sleep of that.
  expect(doomed.length).toBeGreaterThanOrEqual(count * 8);
  return { stage, doomed, starts };
}

type Kill = (scene: Scene) => unknown;

const kills: Readonly<Record<string, Kill>> = {
  "a stop of all": ({ stage }) => stage.run(["agent", "stop", "--all"]),
  "kill -9 of every agent": ({ starts }) => starts.forEach(({ program }) => killHard(program)),
  "kill -9 of every recorder": ({ starts }) => starts.forEach(({ recorder }) => killHard(recorder)),
  "kill -9 of the daemon and of every recorder": ({ stage, starts }) => {
    killHard(stage.discovery().pid);
    starts.forEach(({ recorder }) => killHard(recorder));
  },
};

test.each(Object.keys(kills))(
  "two seconds after %s nothing is left of what they started",
  async (name) => {
    await using stage = await createStage();
    const scene = await createScene(stage);
    const begun = performance.now();
    await kills[name]?.(scene);
    const left = await until(
      () => scene.doomed.filter(isAlive),
      (alive) => alive.length === 0,
      mostMs * 5,
    ).catch(() => scene.doomed.filter(isAlive));
    const tookMs = Math.round(performance.now() - begun);
    if (process.env["AGENT_ORPHANS"] !== undefined)
      process.stderr.write(
        `${name}: ${scene.doomed.length} processes, ${left.length} left, gone after ${tookMs} ms\n`,
      );
    expect(left).toEqual([]);
    // Of a machine that others keep busy the time says nothing.
    if ((loadavg()[0] ?? 0) < 2 * availableParallelism()) expect(tookMs).toBeLessThan(mostMs);
  },
  120_000,
);

test("at their deadline they go as well, and a daemon that is killed alone leaves them to the next one", async () => {
  await using stage = await createStage();
  const scene = await createScene(stage, { timeout: 8_000 });
  const { pid } = stage.discovery();
  killHard(pid);
  await stage.untilReplaced(pid);
  expect(scene.starts.filter(({ program }) => !isAlive(program))).toEqual([]);
  const ended = await stage.untilEnded((await stage.sessions()).map(({ id }) => id));
  expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(["timed_out"]));
  expect(scene.doomed.filter(isAlive)).toEqual([]);
}, 120_000);

function runFolders(stage: Stage): string[] {
  const agents = join(stage.state, "agents");
  return existsSync(agents) ? readdirSync(agents).map((id) => join(agents, id, "1")) : [];
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
