import { setTimeout as sleep } from "node:timers/promises";
import { type AgentJob, installCrew, readLedger, submitCrew, toCrewEnv } from "../agents/crew.ts";
import { type RunningAgent, listLeft, listProcessesOf, listRunning } from "../agents/running-agents.ts";
import { type Arena, createArena } from "../arena/arena.ts";
import type { Daemon } from "../arena/daemon.ts";
import { type SeenProcess, endProcess, isAlive } from "../arena/processes.ts";
import { finish } from "../arena/rest-of-life.ts";
import { until } from "../arena/until.ts";
import { type ChaosContext, defineFault } from "../define-fault.ts";
import { type Hit, findAgentBreaches, toCases } from "../invariants/agents-kept.ts";
import { type Breach, toBreaches } from "../invariants/breach.ts";
import { findBrokenHistory, findLost, findUnended } from "../invariants/kept.ts";
import { stopWord } from "../mail/letter.ts";
import type { Random } from "../random.ts";

const sizes = { short: { rounds: 1, lives: 4 }, full: { rounds: 8, lives: 12 } };
const goneWithinMs = 2_000;
const recorderLeavesWithinMs = 5_000;

interface Tally {
  daemons: number;
  programs: number;
  recorders: number;
  sessions: number;
  untouched: number;
  steps: number;
  doomed: number;
  breaches: Breach[];
}

export const agentKills = defineFault({
  name: "agent-kills",
  promise: ["P1", "P2", "P5", "P6"],
  figure:
    "kill -9 of the daemon, of recorders and of agents while claude, codex, ACP and other programs work",
  async run(context) {
    const rounds = context.rounds ?? sizes[context.scale].rounds;
    const tallies: Tally[] = [];
    for (let round = 0; round < rounds; round += 1) {
      tallies.push(await runRound(context, context.random.fork(`round ${round}`), round));
      context.log(`round ${round + 1} of ${rounds}: ${toFigure(sum(tallies))}`);
    }
    const all = sum(tallies);
    return { kind: "ran", figure: toFigure(all), breaches: all.breaches };
  },
});

/** A round, as it goes. */
interface Round {
  arena: Arena;
  random: Random;
  hits: Map<string, Hit[]>;
  /** What has to go, since its agent or recorder was killed. */
  doomed: SeenProcess[];
  tally: Tally;
}

async function runRound(context: ChaosContext, random: Random, number: number): Promise<Tally> {
  const { lives } = sizes[context.scale];
  await using arena = await createArena({ build: context.build, env: toCrewEnv() });
  installCrew(arena);
  const round: Round = { arena, random, hits: new Map(), doomed: [], tally: noTally() };
  const submissions: Promise<AgentJob[]>[] = [];
  const lead = arena.submit([{ id: `r${number}-lead`, steps: [], delayMs: 0, listens: true }]);
  for (let life = 0; life < lives; life += 1) {
    const daemon = arena.launch();
    await daemon.ready();
    const parent = random.chance(0.3) ? ((await lead)[0] ?? null) : null;
    submissions.push(submitCrew(arena, { random, prefix: `r${number}-l${life}`, parent }));
    await live(round, daemon);
  }
  const last = arena.launch();
  await last.ready();
  const jobs = (await Promise.all(submissions)).flat();
  const left = await waitForDoomed(round);
  const breaches = [...(await conclude(round, { jobs, daemon: last, lead: await lead })), ...left];
  const stray = await listStray(arena, context.build.folder);
  round.tally.breaches.push(
    ...[...breaches, ...stray].map(({ invariant, detail }) => ({
      invariant,
      detail: `round ${number}: ${detail}`,
    })),
  );
  if (round.tally.breaches.length > 0) context.log(`broke: ${JSON.stringify(round.tally.breaches)}`);
  return round.tally;
}

/** One daemon's life: some agents and recorders are killed in it, then the daemon itself. */
async function live(round: Round, daemon: Daemon): Promise<void> {
  const { random, tally } = round;
  const strikes = random.int(0, 3);
  for (let strike = 0; strike < strikes; strike += 1) {
    await sleep(random.int(100, 700));
    hitOne(round);
  }
  await sleep(random.int(100, 900));
  // Sometimes both are gone at once: nobody is there to end what is left.
  if (random.chance(0.3)) hitOne(round);
  await daemon.kill();
  tally.daemons += 1;
  if (random.chance(0.3)) hitOne(round);
}

/** kill -9 of an agent or of a recorder: what it shares with other sessions is theirs too. */
function hitOne({ arena, random, hits, doomed, tally }: Round): void {
  const [first, ...more] = listRunning(arena);
  if (first === undefined) return;
  const victim = random.pick([first, ...more]);
  const hit: Hit = random.chance(0.5) && victim.program !== null ? "program" : "recorder";
  const struck = victim[hit] ?? victim.recorder;
  const isSame = (one: RunningAgent): boolean => one[hit]?.pid === struck.pid;
  for (const one of [first, ...more].filter(isSame)) {
    hits.set(one.session, [...(hits.get(one.session) ?? []), hit]);
    doomed.push(...listProcessesOf(one));
  }
  endProcess({ ...struck, command: "" });
  if (hit === "program") tally.programs += 1;
  else tally.recorders += 1;
}

/** P6: two seconds after there is a daemon again, nothing is left of what was killed. */
async function waitForDoomed({ doomed, tally }: Round): Promise<Breach[]> {
  const isOver = (): boolean => !doomed.some(isAlive);
  await until("all of them are gone", isOver, { withinMs: goneWithinMs }).catch(() => undefined);
  tally.doomed = doomed.length;
  const left = doomed.filter(isAlive).map(({ pid, command }) => `${pid} ${command.slice(0, 120)}`);
  return toBreaches("nothing is left of a killed agent 2 s later", left);
}

async function conclude(
  { arena, hits, tally }: Round,
  { jobs, daemon, lead }: { jobs: readonly AgentJob[]; daemon: Daemon; lead: readonly string[] },
): Promise<Breach[]> {
  await untilJobsEnded(arena, jobs);
  await arena.call(`/api/agents/sessions/${lead[0] ?? ""}/messages`, { body: { message: stopWord } });
  const evidence = await finish(arena, daemon);
  const cases = toCases(jobs, evidence, { facts: readLedger(arena), hits });
  tally.sessions = cases.length;
  tally.untouched = cases.filter((one) => one.hits.length === 0).length;
  tally.steps = cases.reduce(
    (total, { facts }) => total + facts.filter(({ kind }) => kind === "step").length,
    0,
  );
  return [
    ...findLost(evidence),
    ...findUnended(evidence, () => true),
    ...findBrokenHistory(evidence),
    ...findAgentBreaches(cases, arena.workspace),
  ];
}

/** Their parent hears of each end before it is told to stop. */
async function untilJobsEnded(arena: Arena, jobs: readonly AgentJob[]): Promise<void> {
  const ids = new Set(jobs.map(({ id }) => id));
  const isOver = async (): Promise<boolean> => {
    const page = await arena.json<{ sessions: { id: string }[] }>(
      "/api/agents/sessions?status=queued,running,waiting&limit=1000",
    );
    return !page.sessions.some(({ id }) => ids.has(id));
  };
  await until("all agents have ended", isOver, { withinMs: 90_000, pauseMs: 100 }).catch(() => undefined);
}

/** Once the last daemon has gone, nothing of its agents stays. */
async function listStray(arena: Arena, buildFolder: string): Promise<Breach[]> {
  const look = (): SeenProcess[] => listLeft(arena, buildFolder);
  const isOver = (): boolean => look().length === 0;
  await until("nothing is left", isOver, { withinMs: recorderLeavesWithinMs, pauseMs: 100 }).catch(
    () => undefined,
  );
  const left = look().map(({ pid, command }) => `${pid} ${command.slice(0, 160)}`);
  return toBreaches("no process is left at the end", left);
}

function noTally(): Tally {
  return {
    daemons: 0,
    programs: 0,
    recorders: 0,
    sessions: 0,
    untouched: 0,
    steps: 0,
    doomed: 0,
    breaches: [],
  };
}

function sum(tallies: readonly Tally[]): Tally {
  const all = noTally();
  for (const tally of tallies) {
    for (const key of [
      "daemons",
      "programs",
      "recorders",
      "sessions",
      "untouched",
      "steps",
      "doomed",
    ] as const)
      all[key] += tally[key];
    all.breaches.push(...tally.breaches);
  }
  return all;
}

function toFigure(all: Tally): string {
  const count = (invariant: string): number =>
    all.breaches.filter((breach) => breach.invariant === invariant).length;
  return [
    `killed: ${all.daemons} daemons, ${all.programs} agents, ${all.recorders} recorders`,
    `${all.sessions} sessions (${all.untouched} with nothing of their own killed): lost ${count("accepted sessions lost")}, not told or told twice ${count("one result message to the right addressee")}`,
    `${all.steps} steps, done again ${count("a step of an agent is done once")}, wrongly booked ${count("it is booked at what its agent said")}`,
    `${all.doomed} processes of killed agents, alive after 2 s ${count("nothing is left of a killed agent 2 s later")}`,
  ].join("; ");
}
