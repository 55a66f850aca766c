import { setTimeout as sleep } from "node:timers/promises";
import { createArena } from "../arena/arena.ts";
import type { Daemon } from "../arena/daemon.ts";
import { type OrphanWatch, createOrphanWatch } from "../arena/orphan-watch.ts";
import { finish } from "../arena/rest-of-life.ts";
import { type ChaosContext, defineFault } from "../define-fault.ts";
import type { Breach } from "../invariants/breach.ts";
import { countEffects } from "../invariants/effects.ts";
import type { Evidence } from "../invariants/evidence.ts";
import { findBreaches } from "../invariants/find-breaches.ts";
import { countLostAnswers } from "../invariants/paid-once.ts";
import { makePlans } from "../model/make-plans.ts";
import type { Random } from "../random.ts";

const sizes = {
  short: { rounds: 2, kills: 8, perLife: 6, lanes: 1 },
  full: { rounds: 40, kills: 25, perLife: 8, lanes: 2 },
};

interface Tally {
  kills: number;
  startKills: number;
  sessions: number;
  turnsFinished: number;
  turnsCut: number;
  effects: number;
  unsure: number;
  lostAnswers: number;
  orphansWatched: number;
  breaches: Breach[];
}

export const randomKills = defineFault({
  name: "random-kills",
  promise: ["P1", "P2", "P3", "P5", "P6"],
  figure: "kill -9 of the daemon at random moments, also while it starts",
  async run(context) {
    const size = sizes[context.scale];
    const rounds = context.rounds ?? size.rounds;
    const tallies: Tally[] = [];
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < rounds) {
        const round = next;
        next += 1;
        tallies.push(await runRound(context, context.random.fork(`round ${round}`), round));
        context.log(`round ${round + 1} of ${rounds}: ${toFigure(sum(tallies))}`);
      }
    };
    await Promise.all(Array.from({ length: size.lanes }, lane));
    const all = sum(tallies);
    return { kind: "ran", figure: toFigure(all), breaches: all.breaches };
  },
});

async function runRound(context: ChaosContext, random: Random, round: number): Promise<Tally> {
  const { kills, perLife } = sizes[context.scale];
  await using arena = await createArena({ build: context.build });
  const orphans = createOrphanWatch(arena.root);
  const submissions: Promise<unknown>[] = [];
  let startKills = 0;
  for (let life = 0; life < kills; life += 1) {
    const plans = makePlans(random, perLife, `r${round}-l${life}`);
    const daemon = arena.launch();
    submissions.push(arena.submit(plans));
    if (!(await liveAndDie({ daemon, orphans, random }))) startKills += 1;
  }
  const last = arena.launch();
  await last.ready();
  await Promise.all(submissions);
  const evidence = await finish(arena, last);
  const watched = await orphans.report();
  const breaches = [...findBreaches(evidence), ...watched.breaches].map(({ invariant, detail }) => ({
    invariant,
    detail: `round ${round}: ${detail}`,
  }));
  if (breaches.length > 0) context.log(`round ${round} broke: ${JSON.stringify(breaches)}`);
  return { ...toTally(evidence, kills), startKills, orphansWatched: watched.watched, breaches };
}

interface Life {
  daemon: Daemon;
  orphans: OrphanWatch;
  random: Random;
}

/** One daemon from its start to its violent end; false if that came before it was ready. */
async function liveAndDie({ daemon, orphans, random }: Life): Promise<boolean> {
  const dieStarting = random.chance(0.15);
  const waitMs = dieStarting ? random.int(20, 300) : random.int(0, random.chance(0.3) ? 900 : 250);
  if (!dieStarting) await daemon.ready();
  await sleep(waitMs);
  orphans.expectGone([daemon.pid]);
  await daemon.kill();
  return !dieStarting;
}

function toTally(
  evidence: Evidence,
  kills: number,
): Omit<Tally, "startKills" | "orphansWatched" | "breaches"> {
  const { asked, unsure } = countEffects(evidence);
  return {
    kills,
    sessions: evidence.sessions.length,
    turnsFinished: evidence.rows.journal.filter(({ type }) => type === "turn-end").length,
    turnsCut: evidence.calls.filter(({ outcome }) => outcome !== "answered").length,
    effects: asked,
    unsure,
    lostAnswers: countLostAnswers(evidence),
  };
}

function sum(tallies: readonly Tally[]): Tally {
  const add = (key: Exclude<keyof Tally, "breaches">): number =>
    tallies.reduce((total, tally) => total + tally[key], 0);
  return {
    kills: add("kills"),
    startKills: add("startKills"),
    sessions: add("sessions"),
    turnsFinished: add("turnsFinished"),
    turnsCut: add("turnsCut"),
    effects: add("effects"),
    unsure: add("unsure"),
    lostAnswers: add("lostAnswers"),
    orphansWatched: add("orphansWatched"),
    breaches: tallies.flatMap(({ breaches }) => breaches),
  };
}

function toFigure(all: Tally): string {
  const count = (invariant: string): number =>
    all.breaches.filter((breach) => breach.invariant === invariant).length;
  return [
    `${all.kills} kills (${all.startKills} while starting), ${all.sessions} sessions: lost ${count("accepted sessions lost")}`,
    `${all.turnsFinished} finished turns, paid twice ${count("finished turns paid twice")}`,
    `${all.turnsCut} turns cut, ${all.lostAnswers} whole answers lost with them`,
    `${all.effects} effects, doubled ${count("effects doubled")}, ${all.unsure} told as "may have happened"`,
    `${all.orphansWatched} processes left behind, alive after 2 s ${count("no process of a tool 2 s after a daemon's death")}`,
  ].join("; ");
}
