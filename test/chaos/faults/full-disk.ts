import { setTimeout as sleep } from "node:timers/promises";
import { type Arena, createArena } from "../arena/arena.ts";
import { countLiving, finish } from "../arena/rest-of-life.ts";
import { makeSmallDisk } from "../arena/small-disk.ts";
import { defineFault } from "../define-fault.ts";
import { toBreaches } from "../invariants/breach.ts";
import { toReport } from "../invariants/figure-text.ts";
import { findBreaches } from "../invariants/find-breaches.ts";
import { makePlans } from "../model/make-plans.ts";
import type { Random } from "../random.ts";

const sizes = { short: 1, full: 5 };
const refusedWithinMs = 20_000;
const healedWithinMs = 60_000;

export const fullDisk = defineFault({
  name: "full-disk",
  promise: ["P12", "P1", "P2"],
  figure: "the disk of the state folder fills up under load, stays full, and gets room again",
  async run(context) {
    using disk = makeSmallDisk(context.build, 24);
    if (disk === undefined)
      return {
        kind: "skipped",
        reason:
          "neither may a tmpfs be mounted here, nor is there a C compiler for a folder that cannot grow",
      };
    const rounds = context.rounds ?? sizes[context.scale];
    await using arena = await createArena({
      build: context.build,
      home: `${disk.path}/state`,
      env: disk.env,
    });
    const daemon = arena.launch();
    await daemon.ready();
    const statuses: number[] = [];
    const stuck: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await arena.submit(makePlans(context.random, 16, `d${round}`));
      await sleep(context.random.int(100, 400));
      disk.fill();
      statuses.push(...(await spawnUntilRefused(arena, context.random, `f${round}`)));
      await sleep(1_000);
      disk.free();
      if (!(await heals(arena)))
        stuck.push(`round ${round}: ${await countLiving(arena)} sessions stand still`);
    }
    const refused = statuses.filter((status) => status === 507).length;
    const odd = statuses.filter((status) => status !== 202 && status !== 507);
    const evidence = await finish(arena, daemon, 1_000);
    const breaches = [
      // A turn whose end found no room is asked again, and it says so.
      ...findBreaches(evidence, { mayRepeat: true }),
      ...toBreaches("a spawn on a full disk is answered 507", [
        ...odd.map((status) => `answered ${status}`),
        ...(refused < rounds ? [`${refused} refusals in ${rounds} rounds`] : []),
      ]),
      ...toBreaches("it heals by itself", stuck),
    ];
    return toReport(
      `${disk.kind}: ${rounds} times full, ${refused} spawns refused 507, database ${evidence.rows.integrity}`,
      evidence,
      breaches,
    );
  },
});

/** Spawns until the disk's end is felt, and twice more. A log that was truncated leaves some room at first. */
async function spawnUntilRefused(arena: Arena, random: Random, prefix: string): Promise<number[]> {
  const statuses: number[] = [];
  const deadline = performance.now() + refusedWithinMs;
  for (let at = 0; performance.now() < deadline; at += 1) {
    const { status } = await arena.trySubmit(makePlans(random, 4, `${prefix}-${at}`));
    statuses.push(status);
    if (statuses.filter((one) => one !== 202).length >= 3) break;
  }
  return statuses;
}

/** True once nothing that was accepted is unfinished, without anybody's help. */
async function heals(arena: Arena): Promise<boolean> {
  const deadline = performance.now() + healedWithinMs;
  while (performance.now() < deadline) {
    if ((await countLiving(arena).catch(() => 1)) === 0) return true;
    await sleep(200);
  }
  return false;
}
