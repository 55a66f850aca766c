import { createArena } from "../arena/arena.ts";
import { finish } from "../arena/rest-of-life.ts";
import { spawnNoise } from "../arena/spawn-noise.ts";
import { defineFault } from "../define-fault.ts";
import { toBreaches } from "../invariants/breach.ts";
import type { SeenSession } from "../invariants/evidence.ts";
import { findBreaches } from "../invariants/find-breaches.ts";

const sizes = { short: 1, full: 4 };
const mostDescendants = 64;
const mostDepth = 3;

export const spawners = defineFault({
  name: "spawners",
  promise: ["P8"],
  figure: "models that spawn fifty levels deep, and ten thousand children wide",
  async run(context) {
    const count = context.rounds ?? sizes[context.scale];
    await using arena = await createArena({ build: context.build });
    const daemon = arena.launch();
    await daemon.ready();
    await spawnNoise(arena, "deep", { count });
    await spawnNoise(arena, "wide", { count });
    const evidence = await finish(arena, daemon, 120_000);
    const tops = (word: string): SeenSession[] =>
      evidence.sessions.filter(({ task, parent_id }) => parent_id === null && task.startsWith(`${word} `));
    const levels = evidence.sessions.flatMap(({ task }) => toLevels(task));
    const leaves = evidence.sessions.filter(({ task }) => task.startsWith("leaf ")).length;
    const breaches = [
      ...findBreaches(evidence, { isUsageWild: true }),
      ...toBreaches(
        `a tree is ${mostDepth} deep at most`,
        levels.filter((level) => level > mostDepth).map(String),
      ),
      ...toBreaches(
        `a tree has ${mostDescendants} descendants at most`,
        leaves > mostDescendants * count ? [`${leaves} of ${count} trees`] : [],
      ),
      ...toBreaches("the deep one is told why", listUntold(tops("deep"), ["nest 3 deep at most"])),
      ...toBreaches("the wide one is told why", listUntold(tops("wide"), ["64 is the most"])),
    ];
    const figure = `${count} chains of 50: deepest ${Math.max(...levels)} below the first, told why ${count}; ${count} × 10,000 children: ${leaves} spawned, told why ${count}`;
    return { kind: "ran", figure, breaches };
  },
});

/** "deep 2 of 50" is two below the first one, which says nothing of the kind. */
function toLevels(task: string): number[] {
  const level = /^deep (\d+) of 50 in /.exec(task)?.[1];
  return level === undefined ? [] : [Number(level)];
}

function listUntold(sessions: readonly SeenSession[], words: readonly string[]): string[] {
  return sessions
    .filter(({ result }) => !words.every((word) => result?.text.includes(word) === true))
    .map(({ id, result }) => `${id}: ${(result?.text ?? "no result").slice(0, 200)}`);
}
