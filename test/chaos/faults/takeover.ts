import { setTimeout as sleep } from "node:timers/promises";
import { type Arena, createArena } from "../arena/arena.ts";
import type { Daemon } from "../arena/daemon.ts";
import { readDatabase } from "../arena/database-copy.ts";
import { createOrphanWatch } from "../arena/orphan-watch.ts";
import { finish, untilAllEnded } from "../arena/rest-of-life.ts";
import { until } from "../arena/until.ts";
import { askPid } from "../arena/ask-pid.ts";
import { defineFault } from "../define-fault.ts";
import { toBreaches } from "../invariants/breach.ts";
import { toReport } from "../invariants/figure-text.ts";
import { findBreaches } from "../invariants/find-breaches.ts";
import { makePlans } from "../model/make-plans.ts";

const sizes = { short: 2, full: 12 };
const afterContinueMs = 500;

export const takeover = defineFault({
  name: "takeover",
  promise: ["P1", "P2", "P3", "P6"],
  figure: "a daemon stopped by SIGSTOP, replaced with PROFCLAW_TAKEOVER=1, then continued by SIGCONT",
  async run(context) {
    const rounds = context.rounds ?? sizes[context.scale];
    await using arena = await createArena({ build: context.build });
    const orphans = createOrphanWatch(arena.root);
    const written: string[] = [];
    const alive: string[] = [];
    let owner = arena.launch();
    await owner.ready();
    for (let round = 0; round < rounds; round += 1) {
      await arena.submit(makePlans(context.random, 10, `t${round}`));
      await sleep(context.random.int(0, 500));
      owner.signal("SIGSTOP");
      orphans.expectGone([]);
      const next = await replace(arena);
      if (owner.end?.signal !== "SIGKILL") alive.push(`round ${round}: pid ${owner.pid}`);
      await untilAllEnded(arena);
      const before = countEvents(arena);
      owner.signal("SIGCONT");
      await sleep(afterContinueMs);
      const after = countEvents(arena);
      if (after !== before) written.push(`round ${round}: ${after - before} events`);
      if (owner.end === null) await owner.kill();
      owner = next;
    }
    const evidence = await finish(arena, owner);
    const watched = await orphans.report();
    const breaches = [
      ...findBreaches(evidence),
      ...watched.breaches,
      ...toBreaches("a takeover kills the daemon before it", alive),
      ...toBreaches("a replaced daemon writes nothing", written),
    ];
    const what = `${rounds} takeovers, events written by the replaced daemon ${written.length}, daemons and processes of theirs to end ${watched.watched}, left alive ${watched.breaches.length}`;
    return toReport(what, evidence, breaches);
  },
});

/** Puts another daemon in the place of the one that stands still. */
async function replace(arena: Arena): Promise<Daemon> {
  const next = arena.launch({ env: { PROFCLAW_TAKEOVER: "1" } });
  const isServing = async (): Promise<boolean> => {
    const pid = await askPid(arena);
    return pid === next.pid;
  };
  await until("the next daemon serves", isServing, { withinMs: 20_000 });
  return next;
}

function countEvents(arena: Arena): number {
  return readDatabase(arena.database, `${arena.root}/looked-at`).journal.length;
}
