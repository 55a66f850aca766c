import { setTimeout as sleep } from "node:timers/promises";
import { type Arena, createArena } from "../arena/arena.ts";
import { finish } from "../arena/rest-of-life.ts";
import { until } from "../arena/until.ts";
import { askPid } from "../arena/ask-pid.ts";
import { defineFault } from "../define-fault.ts";
import { toBreaches } from "../invariants/breach.ts";
import { toReport } from "../invariants/figure-text.ts";
import { findBreaches } from "../invariants/find-breaches.ts";
import { makePlans } from "../model/make-plans.ts";

const sizes = { short: 1, full: 8 };
// A supervisor brings its daemon back three times in a row.
const killsPerSupervisor = 3;
const backWithinMs = 10_000;

export const supervisedKills = defineFault({
  name: "supervised-kills",
  promise: ["P1", "P2", "P14"],
  figure: "kill -9 of the daemon below its supervisor, which brings it back without anybody's help",
  async run(context) {
    const rounds = context.rounds ?? sizes[context.scale];
    await using arena = await createArena({ build: context.build });
    const backMs: number[] = [];
    const dead: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const supervisor = arena.launch({ script: context.build.supervisor });
      await supervisor.ready();
      await arena.submit(makePlans(context.random, 12, `v${round}`));
      for (let kill = 0; kill < killsPerSupervisor; kill += 1) {
        await sleep(context.random.int(0, 300));
        const killed = await killDaemon(arena);
        await until(
          "another daemon serves",
          async () => ![undefined, killed.pid].includes(await askPid(arena)),
          {
            withinMs: backWithinMs,
          },
        ).catch(() => dead.push(`round ${round}, kill ${kill}`));
        backMs.push(performance.now() - killed.at);
      }
      supervisor.signal("SIGTERM");
      await supervisor.ended;
    }
    const last = arena.launch();
    await last.ready();
    const evidence = await finish(arena, last);
    const breaches = [...findBreaches(evidence), ...toBreaches("the supervisor brings it back", dead)];
    const slowest = Math.round(Math.max(...backMs));
    return toReport(
      `${backMs.length} kills, slowest back after ${slowest} ms, back-off included`,
      evidence,
      breaches,
    );
  },
});

async function killDaemon(arena: Arena): Promise<{ pid: number; at: number }> {
  let pid: number | undefined;
  await until("a daemon serves", async () => (pid = await askPid(arena)) !== undefined, {
    withinMs: backWithinMs,
  });
  arena.deaths.push(Date.now());
  if (pid !== undefined) process.kill(pid, "SIGKILL");
  return { pid: pid ?? -1, at: performance.now() };
}
