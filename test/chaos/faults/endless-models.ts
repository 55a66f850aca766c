import { createArena } from "../arena/arena.ts";
import { finish, untilAllEnded } from "../arena/rest-of-life.ts";
import { spawnNoise } from "../arena/spawn-noise.ts";
import { defineFault } from "../define-fault.ts";
import { toBreaches } from "../invariants/breach.ts";
import type { Evidence, SeenSession } from "../invariants/evidence.ts";
import { findBreaches } from "../invariants/find-breaches.ts";

const sizes = { short: 2, full: 12 };
const mostTurns = 12;
const timeoutMs = 3_000;
const mostDescendants = 64;
const mostDepth = 3;

export const endlessModels = defineFault({
  name: "endless-models",
  promise: ["P8", "P5"],
  figure: "models that call for ever, answer for ever, or have their children spawn children",
  async run(context) {
    const count = context.rounds ?? sizes[context.scale];
    await using arena = await createArena({ build: context.build });
    const daemon = arena.launch();
    await daemon.ready();
    await spawnNoise(arena, "loop", { count, max_turns: mostTurns, tools: ["read_file"] });
    await spawnNoise(arena, "endless", { count, timeout: timeoutMs });
    // One tree after the other: each is as large as a tree may get.
    for (let tree = 0; tree < Math.ceil(count / 4); tree += 1) {
      await spawnNoise(arena, "breed", { count: 1 });
      await untilAllEnded(arena);
    }
    const evidence = await finish(arena, daemon);
    const trees = measureTrees(evidence);
    const largest = Math.max(0, ...trees.map(({ size }) => size));
    const deepest = Math.max(0, ...trees.map(({ depth }) => depth));
    const breaches = [
      ...findBreaches(evidence, { isExpectedEnd, isUsageWild: true, mayRepeat: true, hasWrongTimes: true }),
      ...toBreaches(
        `a tree has ${mostDescendants} descendants at most`,
        largest > mostDescendants ? [`${largest}`] : [],
      ),
      ...toBreaches(`a tree is ${mostDepth} deep at most`, deepest > mostDepth ? [`${deepest}`] : []),
    ];
    const figure = `${count} loops ended at ${mostTurns} turns, ${count} endless answers ended at ${timeoutMs / 1_000} s; ${trees.length} trees: largest ${largest} descendants, deepest ${deepest}`;
    return { kind: "ran", figure, breaches };
  },
});

function isExpectedEnd({ task, status, reason, turns }: SeenSession): boolean {
  if (task.startsWith("loop ")) return status === "failed" && reason === "max-turns" && turns === mostTurns;
  if (task.startsWith("endless ")) return status === "timed_out";
  return status === "completed";
}

function measureTrees({ sessions }: Evidence): { size: number; depth: number }[] {
  const byParent = new Map<string, SeenSession[]>();
  for (const session of sessions) {
    const key = session.parent_id ?? "";
    byParent.set(key, [...(byParent.get(key) ?? []), session]);
  }
  const measure = (id: string): { size: number; depth: number } => {
    const children = (byParent.get(id) ?? []).map((child) => measure(child.id));
    return {
      size: children.reduce((sum, child) => sum + child.size + 1, 0),
      depth: Math.max(0, ...children.map((child) => child.depth + 1)),
    };
  };
  const tops = (byParent.get("") ?? []).filter(({ task }) => task.startsWith("breed "));
  return tops.map(({ id }) => measure(id));
}
