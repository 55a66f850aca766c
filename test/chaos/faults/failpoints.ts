import { setTimeout as sleep } from "node:timers/promises";
import { type Arena, createArena } from "../arena/arena.ts";
import { finish } from "../arena/rest-of-life.ts";
import { type ChaosContext, defineFault } from "../define-fault.ts";
import { type Breach, toBreaches } from "../invariants/breach.ts";
import { countEffects } from "../invariants/effects.ts";
import type { Evidence } from "../invariants/evidence.ts";
import { findBreaches } from "../invariants/find-breaches.ts";
import { makeAllEventPlans, makeShapePlan } from "../model/make-plans.ts";
import type { Random } from "../random.ts";

// By their names on the outside: a failpoint that the daemon does not know is an error at its start.
const events = [
  "session-create",
  "session-start",
  "turn-start",
  "turn-end",
  "turn-fail",
  "tool-intent",
  "tool-pending",
  "tool-result",
  "message-deliver",
  "repair-request",
  "wait-start",
  "wait-end",
  "session-end",
];
/** Each life has one or two of these: a later hit would never come. */
const rareEvents = new Set(["turn-fail", "tool-pending", "repair-request"]);
const allPoints = events.flatMap((event) => [`before:${event}`, `after:${event}`]);

const sizes = { short: { rounds: 1, hits: 1, lanes: 2 }, full: { rounds: 6, hits: 4, lanes: 2 } };
const dueWithinMs = 10_000;

interface Outcome {
  kills: number;
  unhit: string[];
  evidence: Evidence;
  breaches: Breach[];
}

export const failpoints = defineFault({
  name: "failpoints",
  promise: ["P1", "P2", "P3", "P5"],
  figure: "kill -9 right before and right after the commit of every kind of journal event",
  async run(context) {
    const { rounds, lanes } = sizes[context.scale];
    const wanted = context.rounds ?? rounds;
    const outcomes: Outcome[] = [];
    for (let round = 0; round < wanted; round += 1) {
      const random = context.random.fork(`round ${round}`);
      const points = shuffle(random, allPoints);
      const share = Math.ceil(points.length / lanes);
      const parts = Array.from({ length: lanes }, (_, lane) =>
        points.slice(lane * share, (lane + 1) * share),
      );
      const work = parts.map((part, lane) =>
        killAtEach(context, part, { random: random.fork(`lane ${lane}`), prefix: `r${round}-${lane}` }),
      );
      outcomes.push(...(await Promise.all(work)));
      context.log(`round ${round + 1} of ${wanted}`);
    }
    return toReport(outcomes);
  },
});

async function killAtEach(
  context: ChaosContext,
  points: readonly string[],
  { random, prefix }: { random: Random; prefix: string },
): Promise<Outcome> {
  await using arena = await createArena({ build: context.build });
  const submissions: Promise<unknown>[] = [];
  const unhit: string[] = [];
  for (const [at, point] of points.entries()) {
    const [, event = ""] = point.split(":");
    const hits = rareEvents.has(event) ? 1 : sizes[context.scale].hits;
    const armed = `${point}=kill@${random.int(1, hits)}`;
    const life = `${prefix}-${at}`;
    if (!(await dieAt(arena, armed, () => submissions.push(...submitAll(arena, random, life)))))
      unhit.push(armed);
  }
  const last = arena.launch();
  await last.ready();
  await Promise.all(submissions);
  const evidence = await finish(arena, last);
  const breaches = [...findBreaches(evidence), ...toBreaches("every failpoint is reached", unhit)];
  return { kills: points.length - unhit.length, unhit, evidence, breaches };
}

/** False if the failpoint was not reached. */
async function dieAt(arena: Arena, armed: string, submit: () => void): Promise<boolean> {
  const daemon = arena.launch({ env: { PROFCLAW_FAILPOINTS: armed } });
  submit();
  const end = await Promise.race([daemon.ended, sleep(dueWithinMs, null, { ref: false })]);
  if (end === null) await daemon.kill();
  return end !== null && end.signal === "SIGKILL";
}

function submitAll(arena: Arena, random: Random, prefix: string): Promise<unknown>[] {
  const schema = { type: "object", properties: { done: { type: "boolean" } }, required: ["done"] };
  return [arena.submit(makeAllEventPlans(random, prefix)), arena.submit([makeShapePlan(prefix)], { schema })];
}

function toReport(outcomes: readonly Outcome[]): { kind: "ran"; figure: string; breaches: Breach[] } {
  const breaches = outcomes.flatMap((outcome) => outcome.breaches);
  const total = (count: (outcome: Outcome) => number): number =>
    outcomes.reduce((all, outcome) => all + count(outcome), 0);
  const broken = (invariant: string): number => breaches.filter((one) => one.invariant === invariant).length;
  const figure = [
    `${total(({ kills }) => kills)} kills at ${allPoints.length} failpoints, ${total(({ evidence }) => evidence.sessions.length)} sessions: lost ${broken("accepted sessions lost")}`,
    `finished turns paid twice ${broken("finished turns paid twice")}`,
    `${total(({ evidence }) => countEffects(evidence).asked)} effects, doubled ${broken("effects doubled")}`,
    `not reached ${total(({ unhit }) => unhit.length)}`,
  ].join("; ");
  return { kind: "ran", figure, breaches };
}

function shuffle(random: Random, values: readonly string[]): string[] {
  return values
    .map((value) => ({ value, place: random.next() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ value }) => value);
}
