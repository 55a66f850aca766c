import { closeSync, openSync, readdirSync, statSync, truncateSync, writeSync } from "node:fs";
import { type Arena, createArena } from "../arena/arena.ts";
import { readDatabase } from "../arena/database-copy.ts";
import { untilAllEnded } from "../arena/rest-of-life.ts";
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
    const total = (count: (outcome: Outcome) => number): number =>
      outcomes.reduce((sum, outcome) => sum + count(outcome), 0);
    const figure = [
      `${rounds} damaged databases, found and kept aside ${outcomes.filter(({ wasFound }) => wasFound).length}`,
      `${total(({ kept }) => kept)} of ${total(({ known }) => known)} ended sessions still known`,
      "each served new sessions afterwards",
    ].join("; ");
    return { kind: "ran", figure, breaches: outcomes.flatMap(({ breaches }) => breaches) };
  },
});

async function runRound(context: ChaosContext, round: number): Promise<Outcome> {
  const random = context.random.fork(`round ${round}`);
  await using arena = await createArena({ build: context.build });
  await serveSome(arena, random, "before");
  const damage = harm(arena.database, random);
  const what = `round ${round} (${damage})`;
  const trouble = await serveSome(arena, random, "after").then(
    () => [],
    (error: unknown) => [`${what}: ${String(error).slice(0, 300)}`],
  );
  const wasFound = readdirSync(arena.home).some((name) => name.includes(".corrupt-"));
  const before = arena.acceptedIds.slice(0, sessionsPerLife);
  if (trouble.length > 0) {
    const breaches = toBreaches("a daemon on a damaged database serves", trouble);
    return { known: before.length, kept: 0, wasFound, breaches };
  }
  const { integrity, journal } = readDatabase(arena.database, `${arena.root}/looked-at`);
  const ids = new Set(journal.map(({ sessionId }) => sessionId));
  return {
    known: before.length,
    kept: before.filter((id) => ids.has(id)).length,
    wasFound,
    breaches: [
      ...toBreaches("the database is sound afterwards", integrity === "ok" ? [] : [`${what}: ${integrity}`]),
      ...toBreaches("a broken header is found", damage === "header" && !wasFound ? [what] : []),
    ],
  };
}

const sessionsPerLife = 12;

async function serveSome(arena: Arena, random: Random, prefix: string): Promise<void> {
  const daemon = arena.launch();
  if (!(await daemon.ready())) throw new Error(`the daemon ended with ${daemon.end?.exitCode ?? "a signal"}`);
  const ids = await arena.submit(makePlans(random, sessionsPerLife, prefix));
  await untilAllEnded(arena);
  const known = new Set((await listSessions(arena)).map(({ id }) => id));
  if (ids.some((id) => !known.has(id))) throw new Error("sessions that were just accepted are not there");
  daemon.signal("SIGTERM");
  await daemon.ended;
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
