import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Arena, createArena } from "../arena/arena.ts";
import type { Daemon } from "../arena/daemon.ts";
import { readDatabase } from "../arena/database-copy.ts";
import type { SeenCall } from "../arena/model-link.ts";
import { finish, untilAllEnded } from "../arena/rest-of-life.ts";
import { until } from "../arena/until.ts";
import { askPid } from "../arena/ask-pid.ts";
import { defineFault } from "../define-fault.ts";
import { groupBy } from "../group-by.ts";
import { toBreaches } from "../invariants/breach.ts";
import type { Evidence } from "../invariants/evidence.ts";
import { toReport } from "../invariants/figure-text.ts";
import { findBreaches } from "../invariants/find-breaches.ts";
import type { Plan, Step } from "../model/plan.ts";
import type { Random } from "../random.ts";

const sizes = { short: 1, full: 6 };
const afterContinueMs = 2_000;
const settleMs = 100;
const fencingMain = fileURLToPath(new URL("../../support/daemon/fencing-main.ts", import.meta.url));
// No edits: a rename that is on its way is beyond the fence, as docs/state-folder.md says.
const steps: readonly [Step, ...Step[]] = ["bash", "slow-bash", "three", "read"];

export const fencedTakeover = defineFault({
  name: "fenced-takeover",
  promise: ["P1", "P2", "P3"],
  figure: "the same where the stopped daemon cannot be killed: only the database's fence holds it back",
  async run(context) {
    const rounds = context.rounds ?? sizes[context.scale];
    await using arena = await createArena({ build: context.build });
    const continued: number[] = [];
    const written: string[] = [];
    const codes: string[] = [];
    let owner = arena.launch();
    await owner.ready();
    for (let round = 0; round < rounds; round += 1) {
      await arena.submit(makeFencedPlans(context.random, `f${round}`));
      await sleep(context.random.int(0, 500));
      const next = await replace(arena, owner, context.build.daemon);
      await untilAllEnded(arena);
      const before = countEvents(arena);
      continued.push(Date.now());
      owner.signal("SIGCONT");
      await sleep(afterContinueMs);
      const after = countEvents(arena);
      if (after !== before) written.push(`round ${round}: ${after - before} events`);
      if (owner.end?.exitCode !== 76)
        codes.push(`round ${round}: exit code ${owner.end?.exitCode ?? "none"}`);
      if (owner.end === null) await owner.kill();
      owner = next;
    }
    const evidence = await finish(arena, owner);
    const { late, rest } = setApart(evidence, continued);
    const breaches = [
      ...findBreaches({ ...evidence, calls: rest, callsByPlan: groupBy(rest, ({ planId }) => planId) }),
      ...toBreaches("a replaced daemon writes nothing", written),
      ...toBreaches("a replaced daemon ends with 76", codes),
      ...toBreaches("a late call is on record as possibly billed", listUnrecorded(evidence, late)),
    ];
    const what = `${rounds} takeovers, events written by the replaced daemon ${written.length}, calls that it was about to send and still sent ${late.length}`;
    return toReport(what, evidence, breaches);
  },
});

function makeFencedPlans(random: Random, prefix: string): Plan[] {
  return Array.from({ length: 10 }, (_, at) => ({
    id: `${prefix}-${at}`,
    steps: Array.from({ length: random.int(2, 5) }, () => random.pick(steps)),
    delayMs: random.int(0, 120),
  }));
}

/** Stops the owner where it stands, and puts another daemon in its place. */
async function replace(arena: Arena, owner: Daemon, main: string): Promise<Daemon> {
  for (;;) {
    owner.signal("SIGSTOP");
    // What it has sent is still read by the model after the stop.
    await sleep(settleMs);
    // As good as dead from here on: what it had in flight is asked again by the next one.
    arena.deaths.push(Date.now());
    const next = arena.launch({
      script: fencingMain,
      env: { PROFCLAW_TAKEOVER: "1", FENCING_MAIN: main },
    });
    const isServing = async (): Promise<boolean> => {
      const pid = await askPid(arena);
      return pid === next.pid || next.end !== null;
    };
    await until("the next daemon serves", isServing, { withinMs: 20_000 });
    if (next.end === null) return next;
    // Stopped in the middle of a write: the takeover was refused, as it says. A moment later it is not.
    owner.signal("SIGCONT");
    await sleep(20);
  }
}

function countEvents(arena: Arena): number {
  return readDatabase(arena.database, `${arena.root}/looked-at`).journal.length;
}

/**
 * All sessions had ended when the replaced daemon was continued: a call right after that is one whose
 * intent it had on record when it was stopped. No lock on earth holds back a request that is on its way.
 */
function setApart({ calls }: Evidence, continued: readonly number[]): { late: SeenCall[]; rest: SeenCall[] } {
  const isLate = ({ startedAt }: SeenCall): boolean =>
    continued.some((at) => startedAt >= at && startedAt <= at + afterContinueMs);
  return { late: calls.filter(isLate), rest: calls.filter((call) => !isLate(call)) };
}

function listUnrecorded(evidence: Evidence, late: readonly SeenCall[]): string[] {
  const isRecorded = ({ planId, turn }: SeenCall): boolean => {
    const ids = new Set(evidence.sessionsByPlan.get(planId)?.map(({ id }) => id));
    return evidence.rows.ledger.some(
      (row) => row.possiblyBilled && ids.has(row.sessionId) && row.turn === turn + 1,
    );
  };
  return late.filter((call) => !isRecorded(call)).map(({ planId, turn }) => `${planId} turn ${turn}`);
}
