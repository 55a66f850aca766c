import { DatabaseSync } from "node:sqlite";
import { type Arena, createArena } from "../arena/arena.ts";
import { countLiving, finish } from "../arena/rest-of-life.ts";
import { spawnNoise } from "../arena/spawn-noise.ts";
import { until } from "../arena/until.ts";
import { defineFault } from "../define-fault.ts";
import { toBreaches } from "../invariants/breach.ts";
import { type SeenSession, listSessions } from "../invariants/evidence.ts";
import { findBreaches } from "../invariants/find-breaches.ts";

const sizes = { short: 1, full: 3 };
const timeoutMs = 4_000;
/** What becomes of each child, by the last word of its task. */
const ends: Record<string, string> = {
  fine: "completed",
  failing: "failed",
  hanging: "timed_out",
  cancelled: "cancelled",
  lost: "interrupted",
};

export const fiveEnds = defineFault({
  name: "five-ends",
  promise: ["P5", "P1"],
  figure:
    "a parent's children come to all five ends; kill -9 in between, one child's last step made unreadable",
  async run(context) {
    const rounds = context.rounds ?? sizes[context.scale];
    const told: number[] = [];
    const wrong: string[] = [];
    const breaches = [];
    for (let round = 0; round < rounds; round += 1) {
      await using arena = await createArena({ build: context.build });
      const first = arena.launch();
      await first.ready();
      await spawnNoise(arena, "lead", { count: 1, timeout: timeoutMs });
      await until("the quick children have ended", async () => (await countEnded(arena)) >= 2);
      const cancelled = await findChild(arena, "cancelled");
      await arena.call(`/api/agents/sessions/${cancelled}/cancel`, { body: {} });
      const lost = await findChild(arena, "lost");
      await first.kill();
      wipe(arena.database, lost);
      const last = arena.launch({ script: context.build.supervisor });
      await last.ready();
      // Damage that it meets while it runs ends a daemon; the next one heals it.
      const areOver = async (): Promise<boolean> => (await countLiving(arena).catch(() => 1)) === 0;
      await until("all have ended", areOver, { withinMs: 30_000 });
      const lead = (await listSessions(arena)).find(({ parent_id }) => parent_id === null);
      const shown = await readDelivered(arena, lead?.id ?? "");
      const evidence = await finish(arena, last);
      const children = evidence.sessions.filter(({ parent_id }) => parent_id !== null);
      told.push(
        ...children.map(({ id }) => evidence.rows.results.filter(({ sender }) => sender === id).length),
      );
      wrong.push(...children.flatMap((child) => listWrong(child, shown)));
      breaches.push(...findBreaches(evidence, { isExpectedEnd, isUsageWild: true, mayRepeat: true }));
    }
    const figure = `${rounds} parents, ${told.length} children with ${Object.keys(ends).length} ends: told ${told.reduce((sum, count) => sum + count, 0)}, not told ${told.filter((count) => count === 0).length}, twice ${told.filter((count) => count > 1).length}`;
    return {
      kind: "ran",
      figure,
      breaches: [...breaches, ...toBreaches("the parent's model is told each end once", wrong)],
    };
  },
});

function isExpectedEnd({ task, status }: SeenSession): boolean {
  return status === (ends[task.split(" ").at(-1) ?? ""] ?? "completed");
}

async function countEnded(arena: Arena): Promise<number> {
  return (await listSessions(arena)).filter(({ ended_at }) => ended_at !== null).length;
}

async function findChild(arena: Arena, end: string): Promise<string> {
  const found = (await listSessions(arena)).find(({ task }) => task === `child ${end}`);
  if (found === undefined) throw new Error(`there is no child "${end}"`);
  return found.id;
}

/** With SQL of our own, while no daemon runs: the last step of this session can no longer be read. */
function wipe(path: string, id: string): void {
  using database = new DatabaseSync(path, { timeout: 5_000 });
  const { number } = database.prepare("SELECT number FROM sessions WHERE id = ?").get(id) ?? {};
  database
    .prepare(
      `UPDATE journal SET event = substr(event, 1, 9)
       WHERE session = :number AND seq = (SELECT MAX(seq) FROM journal WHERE session = :number)`,
    )
    .run({ number: number ?? -1 });
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
}

/** What the model of the lead was given as mail, one text for each time. */
async function readDelivered(arena: Arena, id: string): Promise<string[]> {
  const page = await arena.json<{ events: unknown[] }>(`/api/agents/sessions/${id}/events`);
  return page.events.map((event) => JSON.stringify(event)).filter((text) => text.includes("message-deliver"));
}

function listWrong({ id, task }: SeenSession, shown: readonly string[]): string[] {
  const count = shown.filter((text) => text.includes(id)).length;
  return count === 1 ? [] : [`${task}: told ${count} times`];
}
