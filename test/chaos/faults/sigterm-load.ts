import { setTimeout as sleep } from "node:timers/promises";
import { createArena } from "../arena/arena.ts";
import { finish } from "../arena/rest-of-life.ts";
import { defineFault } from "../define-fault.ts";
import { toBreaches } from "../invariants/breach.ts";
import { toReport } from "../invariants/figure-text.ts";
import { findBreaches } from "../invariants/find-breaches.ts";
import { makePlans } from "../model/make-plans.ts";

const sizes = { short: { rounds: 1, sessions: 10 }, full: { rounds: 8, sessions: 40 } };
const mostMs = 10_000;

export const sigtermLoad = defineFault({
  name: "sigterm-load",
  promise: ["P1", "P2", "P14"],
  figure: "SIGTERM with all slots busy, and a start that goes on",
  async run(context) {
    const { sessions, rounds } = sizes[context.scale];
    const wanted = context.rounds ?? rounds;
    await using arena = await createArena({ build: context.build, env: { POOL_MAX_CONCURRENT: "40" } });
    const drains: number[] = [];
    const codes: (number | null)[] = [];
    for (let round = 0; round < wanted; round += 1) {
      const daemon = arena.launch();
      await daemon.ready();
      await arena.submit(makePlans(context.random, sessions, `s${round}`));
      await sleep(context.random.int(0, 600));
      const startedAt = performance.now();
      daemon.signal("SIGTERM");
      codes.push((await daemon.ended).exitCode);
      drains.push(performance.now() - startedAt);
    }
    const last = arena.launch();
    await last.ready();
    const evidence = await finish(arena, last);
    const slowest = Math.round(Math.max(...drains));
    const again =
      evidence.calls.length - new Set(evidence.calls.map(({ planId, turn }) => `${planId}/${turn}`)).size;
    const breaches = [
      ...findBreaches(evidence),
      ...toBreaches(`a drain takes ${mostMs} ms at most`, slowest > mostMs ? [`${slowest} ms`] : []),
      ...toBreaches(
        "a drain ends with 0",
        codes.filter((code) => code !== 0).map((code) => `exit code ${code}`),
      ),
    ];
    return toReport(`${wanted} drains, slowest ${slowest} ms, calls made again ${again}`, evidence, breaches);
  },
});
