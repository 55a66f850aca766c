import { setTimeout as sleep } from "node:timers/promises";
import { createArena } from "../arena/arena.ts";
import { readDatabase } from "../arena/database-copy.ts";
import { finish, untilAllEnded } from "../arena/rest-of-life.ts";
import { until } from "../arena/until.ts";
import { defineFault } from "../define-fault.ts";
import { toBreaches } from "../invariants/breach.ts";
import { toReport } from "../invariants/figure-text.ts";
import { findBreaches } from "../invariants/find-breaches.ts";
import { makePlans } from "../model/make-plans.ts";

const sizes = { short: 1, full: 10 };
const afterContinueMs = 2_000;

export const takeover = defineFault({
  name: "takeover",
  promise: ["P1", "P2", "P3"],
  figure: "a daemon stopped by SIGSTOP, replaced with PROFCLAW_TAKEOVER=1, then continued by SIGCONT",
  async run(context) {
    if (!context.build.mentions("PROFCLAW_TAKEOVER", "dist")) {
      return { kind: "skipped", reason: "this build knows no PROFCLAW_TAKEOVER" };
    }
    const rounds = context.rounds ?? sizes[context.scale];
    await using arena = await createArena({ build: context.build });
    const written: string[] = [];
    let owner = arena.launch();
    await owner.ready();
    for (let round = 0; round < rounds; round += 1) {
      await arena.submit(makePlans(context.random, 10, `t${round}`));
      await sleep(context.random.int(0, 500));
      owner.signal("SIGSTOP");
      // As good as dead from here on: what it had in flight is asked again by the next one.
      arena.deaths.push(Date.now());
      const next = arena.launch({ env: { PROFCLAW_TAKEOVER: "1" } });
      await until(
        "the next daemon serves",
        () =>
          arena.call("/api/daemon").then(
            ({ text }) => (JSON.parse(text) as { pid: number }).pid === next.pid,
            () => false,
          ),
        { withinMs: 20_000 },
      );
      await untilAllEnded(arena);
      const rows = (): number => readDatabase(arena.database, `${arena.root}/looked-at`).journal.length;
      const before = rows();
      owner.signal("SIGCONT");
      await sleep(afterContinueMs);
      const after = rows();
      if (after !== before) written.push(`round ${round}: ${after - before} events`);
      if (owner.end === null) await owner.kill();
      owner = next;
    }
    const evidence = await finish(arena, owner);
    const breaches = [...findBreaches(evidence), ...toBreaches("a replaced daemon writes nothing", written)];
    return toReport(
      `${rounds} takeovers, events written by the replaced daemon ${written.length}`,
      evidence,
      breaches,
    );
  },
});
