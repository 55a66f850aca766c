import { closeSync, existsSync, openSync, readdirSync, statSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type Arena, createArena } from "../arena/arena.ts";
import { readDatabase } from "../arena/database-copy.ts";
import { untilAllEnded } from "../arena/rest-of-life.ts";
import { until } from "../arena/until.ts";
import { type ChaosContext, defineFault } from "../define-fault.ts";
import { type Breach, toBreaches } from "../invariants/breach.ts";
import { listSessions } from "../invariants/evidence.ts";
import { makePlans } from "../model/make-plans.ts";
import type { Random } from "../random.ts";

const sizes = { short: 1, full: 12 };
const pageBytes = 4_096;

interface Outcome {
  known: number;
  kept: number;
  wasFound: boolean;
  isBackedUp: boolean;
  breaches: Breach[];
}

export const flippedBytes = defineFault({
  name: "flipped-bytes",
  promise: ["P1", "P12"],
  figure: "bytes of a stopped daemon's database are overwritten, or its end is cut off",
  async run(context) {
    if (!context.build.mentions("healDatabase", "dist/store")) {
      return { kind: "skipped", reason: "this build does not look after a damaged database yet" };
    }
    const rounds = context.rounds ?? sizes[context.scale];
    const outcomes: Outcome[] = [];
    for (let round = 0; round < rounds; round += 1) outcomes.push(await runRound(context, round));
    const backedUp = outcomes.filter(({ isBackedUp }) => isBackedUp);
    const figure = [
      `${rounds} damaged databases, found and kept aside ${outcomes.filter(({ wasFound }) => wasFound).length}, each served new sessions afterwards`,
      `of the ended sessions ${sum(backedUp, "kept")} of ${sum(backedUp, "known")} still known with a backup`,
      `${sum(outcomes, "kept") - sum(backedUp, "kept")} of ${sum(outcomes, "known") - sum(backedUp, "known")} without one`,
    ].join("; ");
    return { kind: "ran", figure, breaches: outcomes.flatMap(({ breaches }) => breaches) };
  },
});

function sum(outcomes: readonly Outcome[], key: "kept" | "known"): number {
  return outcomes.reduce((total, outcome) => total + outcome[key], 0);
}

async function runRound(context: ChaosContext, round: number): Promise<Outcome> {
  const random = context.random.fork(`round ${round}`);
  await using arena = await createArena({ build: context.build });
  const isBackedUp = context.scale === "full" && round % 2 === 1;
  await serveSome(arena, random, { prefix: "before", isBackedUp });
  const damage = harm(arena.database, random);
  const what = `round ${round} (${damage}${isBackedUp ? ", with a backup" : ""})`;
  const known = sessionsPerLife;
  const served = await serveSome(arena, random, { prefix: "after", isBackedUp: false }).catch(
    (error: unknown) => String(error).slice(0, 300),
  );
  const wasFound = readdirSync(arena.home).some((name) => name.includes(".corrupt-"));
  if (typeof served === "string") {
    const breaches = toBreaches("a daemon on a damaged database serves", [`${what}: ${served}`]);
    return { known, kept: 0, wasFound, isBackedUp, breaches };
  }
  const { integrity, journal } = readDatabase(arena.database, `${arena.root}/looked-at`);
  const ids = new Set(journal.map(({ sessionId }) => sessionId));
  const kept = arena.acceptedIds.slice(0, known).filter((id) => ids.has(id)).length;
  const isTold = kept === known || served.notices.length > 0;
  const breaches = [
    ...toBreaches("the database is sound afterwards", integrity === "ok" ? [] : [`${what}: ${integrity}`]),
    ...toBreaches("a broken header is found", damage === "header" && !wasFound ? [what] : []),
    ...toBreaches("a loss is told", isTold ? [] : [what]),
    ...toBreaches("what a backup holds is kept", isBackedUp && kept < known ? [`${what}: ${kept}`] : []),
  ];
  return { known, kept, wasFound, isBackedUp, breaches };
}

const sessionsPerLife = 12;
// The first backup is made ten seconds after a start.
const backupWithinMs = 20_000;

async function serveSome(
  arena: Arena,
  random: Random,
  { prefix, isBackedUp }: { prefix: string; isBackedUp: boolean },
): Promise<{ notices: string[] }> {
  const daemon = arena.launch();
  if (!(await daemon.ready())) throw new Error(`the daemon ended with ${daemon.end?.exitCode ?? "a signal"}`);
  const ids = await arena.submit(makePlans(random, sessionsPerLife, prefix));
  await untilAllEnded(arena);
  const known = new Set((await listSessions(arena)).map(({ id }) => id));
  if (ids.some((id) => !known.has(id))) throw new Error("sessions that were just accepted are not there");
  const { notices = [] } = await arena.json<{ notices?: string[] }>("/api/daemon");
  if (isBackedUp) await until("there is a backup", () => hasBackup(arena), { withinMs: backupWithinMs });
  daemon.signal("SIGTERM");
  await daemon.ended;
  return { notices };
}

function hasBackup({ home }: Arena): boolean {
  const folder = join(home, "backups");
  return existsSync(folder) && readdirSync(folder).some((name) => /^profclaw-\d.*\.db$/.test(name));
}

/** Harms the file in one of three ways, and says which. */
function harm(path: string, random: Random): "header" | "pages" | "truncated" {
  const kind = random.pick(["header", "pages", "truncated"] as const);
  const { size } = statSync(path);
  if (kind === "truncated") {
    truncateSync(path, random.int(pageBytes, size - 1));
    return kind;
  }
  const file = openSync(path, "r+");
  const pages = Math.floor(size / pageBytes);
  const places =
    kind === "header"
      ? [random.int(0, 20)]
      : Array.from({ length: 8 }, () => random.int(1, pages - 1) * pageBytes + random.int(0, 200));
  for (const place of places) {
    const noise = Buffer.from(Array.from({ length: 24 }, () => random.int(0, 255)));
    writeSync(file, noise, 0, noise.length, place);
  }
  closeSync(file);
  return kind;
}
