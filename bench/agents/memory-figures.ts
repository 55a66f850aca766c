import { setTimeout as sleep } from "node:timers/promises";
import type { Figure } from "../figure.ts";
import type { AgentStage } from "./agent-stage.ts";
import { type TreeProcess, readTree, sumMb } from "./process-tree.ts";

const running = 10;
const shared = 30;
const settleMs = 2_000;
const startWithinMs = 120_000;

/** What ten children hold while all of them wait for their model: ours, and the whole tree's. */
export async function measureMemory(scene: AgentStage): Promise<Figure[]> {
  const { title } = scene;
  const { tree, oursMb } = await weigh(scene, running);
  const recordersMb = sumMb(tree, "recorder");
  const others = tree.filter(({ kind }) => kind === "other");
  return [
    {
      name: `${title}, ${running} running: our memory for each (recorder, and what the daemon grows)`,
      value: oursMb / running,
      unit: "MB",
      below: 20,
      note: `PSS; recorders ${recordersMb.toFixed(0)} MB, daemon ${(oursMb - recordersMb).toFixed(0)} MB more than before`,
    },
    {
      name: `${title}, ${running} running: the whole tree`,
      value: sumMb(tree, "daemon", "recorder", "agent", "other"),
      unit: "MB",
      note: `PSS; the agent's own processes ${sumMb(tree, "agent", "other").toFixed(0)} MB`,
    },
    {
      name: `${title}, ${running} running: processes besides daemon, recorders and the agent's own`,
      value: others.length,
      unit: "",
      below: 1,
      note:
        others.length === 0 ? "no MCP server of anybody's" : others.map(({ command }) => command).join("; "),
    },
  ];
}

/** What many sessions of an agent hold that runs them in one process. */
export async function measureShared(scene: AgentStage): Promise<Figure> {
  const { tree } = await weigh(scene, shared);
  const own = tree.filter(({ kind }) => kind === "agent" || kind === "other");
  return {
    name: `${scene.title}, ${shared} running: all of the agent's own processes`,
    value: sumMb(own, "agent", "other"),
    unit: "MB",
    below: 260,
    note: `PSS; ${own.length} of them`,
  };
}

/** The tree with so many sessions that wait for their model, and what of it is ours and was not there before. */
export async function weigh(
  scene: AgentStage,
  count: number,
): Promise<{ tree: TreeProcess[]; oursMb: number }> {
  const { model, stage, api, name, program } = scene;
  const home = stage.env["HOME"] ?? "";
  model.setScript(() => ({ hang: true }));
  await sleep(settleMs);
  const before = sumMb(readTree(home, program), "daemon");
  const asked = model.requests.length;
  await api.spawn({
    sessions: Array.from({ length: count }, (_, at) => ({ task: `Wait, ${at}.`, agent: name })),
  });
  const deadline = performance.now() + startWithinMs;
  while (model.requests.length < asked + count) {
    if (performance.now() > deadline)
      throw new Error(`Not all of ${count} ${name} asked their model in time.`);
    await sleep(100);
  }
  await sleep(settleMs);
  const tree = readTree(home, program);
  stage.run("agent", "stop", "--all");
  return { tree, oursMb: sumMb(tree, "daemon", "recorder") - before };
}
