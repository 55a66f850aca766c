import { setTimeout as sleep } from "node:timers/promises";
import { type Arena, createArena } from "../arena/arena.ts";
import { finish } from "../arena/rest-of-life.ts";
import { type ChaosContext, defineFault } from "../define-fault.ts";
import { type Breach, toBreaches } from "../invariants/breach.ts";
import { countEffects } from "../invariants/effects.ts";
import { groupBy } from "../group-by.ts";
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
  "approval-ask",
  "approval-answer",
  "tool-intent",
  "tool-pending",
  "tool-result",
  "message-deliver",
  "repair-request",
  "wait-start",
  "wait-end",
  "session-end",
];
/** These need a session that is resumed, forked or very long, a new worktree, or mail: killed at in test/e2e/going-on, compaction, exec-agents, agent-asks, worktree-setup and the fault "mail". */
const elsewhereEvents = [
  "context-compact",
  "session-resume",
  "session-fork",
  "agent-launch",
  "agent-thread",
  "folder-setup",
  "approval-withdraw",
  "mail-post",
  "mail-ack",
];
export const pointsElsewhere = toPoints(elsewhereEvents);
export const allPoints = toPoints(events);

function toPoints(names: readonly string[]): string[] {
  return names.flatMap((event) => [`before:${event}`, `after:${event}`]);
}

const sizes = {
  short: { rounds: 1, hits: 1, lanes: 2, copies: 1 },
  full: { rounds: 6, hits: 4, lanes: 2, copies: 2 },
};
/** What a child asks leave for is answered by the clock, at once: both events are in every life. */
const askBriefly = { PROFCLAW_APPROVAL_TIMEOUT_MS: "100" };
const dueWithinMs = 15_000;

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
    const hits = await countHits(context);
    const outcomes: Outcome[] = [];
    for (let round = 0; round < wanted; round += 1) {
      const random = context.random.fork(`round ${round}`);
      const points = shuffle(random, allPoints);
      const share = Math.ceil(points.length / lanes);
      const parts = Array.from({ length: lanes }, (_, lane) =>
        points.slice(lane * share, (lane + 1) * share),
      );
      const work = parts.map((part, lane) =>
        killAtEach(context, part, { hits, random: random.fork(`lane ${lane}`), prefix: `r${round}-${lane}` }),
      );
      outcomes.push(...(await Promise.all(work)));
      context.log(`round ${round + 1} of ${wanted}`);
    }
    return toReport(outcomes);
  },
});

/** How often a life that nothing disturbs makes each event: a later hit would never come. */
async function countHits(context: ChaosContext): Promise<Map<string, number>> {
  await using arena = await createArena({ build: context.build, env: askBriefly });
  const daemon = arena.launch();
  await daemon.ready();
  const random = context.random.fork("undisturbed");
  await Promise.all(submitAll(arena, { random, prefix: "calm", copies: sizes[context.scale].copies }));
  const { rows, sessions } = await finish(arena, daemon);
  const hits = new Map(
    [...groupBy(rows.journal, ({ type }) => type)].map(([type, all]) => [type, all.length]),
  );
  // Sessions that are accepted together are one write.
  const spawns = new Set(sessions.map((session) => `${session.batch_id} ${session.parent_id ?? ""}`));
  return hits.set("session-create", spawns.size);
}

interface Lane {
  hits: ReadonlyMap<string, number>;
  random: Random;
  prefix: string;
}

async function killAtEach(
  context: ChaosContext,
  points: readonly string[],
  { hits, random, prefix }: Lane,
): Promise<Outcome> {
  const { hits: mostHits, copies } = sizes[context.scale];
  await using arena = await createArena({ build: context.build, env: askBriefly });
  const submissions: Promise<unknown>[] = [];
  const unhit: string[] = [];
  for (const [at, point] of points.entries()) {
    const [, event = ""] = point.split(":");
    const armed = `${point}=kill@${random.int(1, Math.max(1, Math.min(mostHits, hits.get(event) ?? 0)))}`;
    const submit = (): void =>
      void submissions.push(...submitAll(arena, { random, prefix: `${prefix}-${at}`, copies }));
    if (!(await dieAt(arena, armed, submit))) unhit.push(armed);
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

interface Work {
  random: Random;
  prefix: string;
  /** Of every plan. */
  copies: number;
}

function submitAll(arena: Arena, { random, prefix, copies }: Work): Promise<unknown>[] {
  const schema = { type: "object", properties: { done: { type: "boolean" } }, required: ["done"] };
  return Array.from({ length: copies }, (_, copy) => `${prefix}-${copy}`).flatMap((name) => [
    arena.submit(makeAllEventPlans(random, name)),
    arena.submit([makeShapePlan(name)], { schema }),
  ]);
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
    `armed and not reached ${total(({ unhit }) => unhit.length)}`,
  ].join("; ");
  return { kind: "ran", figure, breaches };
}

function shuffle(random: Random, values: readonly string[]): string[] {
  return values
    .map((value) => ({ value, place: random.next() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ value }) => value);
}
