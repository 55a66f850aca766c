import { createArena } from "../arena/arena.ts";
import type { Daemon } from "../arena/daemon.ts";
import { finish } from "../arena/rest-of-life.ts";
import { until } from "../arena/until.ts";
import { defineFault } from "../define-fault.ts";
import { toBreaches } from "../invariants/breach.ts";
import { toReport } from "../invariants/figure-text.ts";
import { findBreaches } from "../invariants/find-breaches.ts";
import { makePlans } from "../model/make-plans.ts";

const racers = 50;
const sizes = { short: 1, full: 3 };

export const twoDaemons = defineFault({
  name: "two-daemons",
  promise: ["P1", "P2"],
  figure: "fifty daemons started at once on a state folder with work, the winner killed, and again",
  async run(context) {
    const rounds = context.rounds ?? sizes[context.scale];
    await using arena = await createArena({ build: context.build });
    const submissions: Promise<unknown>[] = [];
    const wrong: string[] = [];
    let winner: Daemon | undefined;
    for (let round = 0; round < rounds; round += 1) {
      await winner?.kill();
      submissions.push(arena.submit(makePlans(context.random, 12, `t${round}`)));
      const all = Array.from({ length: racers }, () => arena.launch());
      await until("all but one racer have ended", () => all.filter(({ end }) => end === null).length <= 1, {
        withinMs: 60_000,
      });
      winner = all.find(({ end }) => end === null);
      const codes = all.flatMap(({ end }) => (end === null ? [] : [end.exitCode]));
      if (winner === undefined || codes.some((code) => code !== 75))
        wrong.push(`round ${round}: exit codes ${codes.join(" ")}`);
    }
    if (winner === undefined)
      return { kind: "ran", figure: "no daemon won", breaches: toBreaches("one daemon wins", wrong) };
    await winner.ready();
    await Promise.all(submissions);
    const evidence = await finish(arena, winner);
    const breaches = [...findBreaches(evidence), ...toBreaches("one daemon wins, the others leave", wrong)];
    return toReport(`${rounds} × ${racers} starts, daemons left each time 1`, evidence, breaches);
  },
});
