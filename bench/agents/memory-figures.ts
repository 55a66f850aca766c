import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import type { Figure } from "../figure.ts";
import type { AgentStage } from "./agent-stage.ts";
import { type TreeProcess, readTree, sumMb } from "./process-tree.ts";

const running = 10;
const settleMs = 2_000;
const startWithinMs = 120_000;

/** What ten children hold while all of them wait for their model: ours, and the whole tree's. */
export async function measureMemory(scene: AgentStage): Promise<Figure[]> {
  const { title } = scene;
  const { before, tree } = await weigh(scene);
  const ours = sumMb(tree, "daemon", "recorder") - before;
  const others = tree.filter(({ kind }) => kind === "other");
  return [
    {
      name: `${title}, ${running} running: our memory for each (recorder, and what the daemon grows)`,
      value: ours / running,
      unit: "MB",
      below: 20,
      note: `PSS; recorders ${sumMb(tree, "recorder").toFixed(0)} MB, daemon ${(ours - sumMb(tree, "recorder")).toFixed(0)} MB more than before`,
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

/** The tree with so many running, and what of it was there before, MB. */
async function weigh({
  model,
  stage,
  api,
  name,
}: AgentStage): Promise<{ before: number; tree: TreeProcess[] }> {
  const home = stage.env["HOME"] ?? "";
  const program = join(stage.env["PATH"]?.split(":")[0] ?? "", name);
  model.setScript(() => ({ hang: true }));
  await sleep(settleMs);
  const before = sumMb(readTree(home, program), "daemon");
  const asked = model.requests.length;
  await api.spawn({
    sessions: Array.from({ length: running }, (_, at) => ({ task: `Wait, ${at}.`, agent: name })),
  });
  const deadline = performance.now() + startWithinMs;
  while (model.requests.length < asked + running && performance.now() < deadline) await sleep(100);
  await sleep(settleMs);
  const tree = readTree(home, program);
  stage.run("agent", "stop", "--all");
  return { before, tree };
}
