import type { Figure } from "./figure.ts";
import { type Api, createApi } from "./api.ts";
import { toSessions } from "./task.ts";
import { toMedian, toPercentile } from "./process-figures.ts";
import { openStage, startModel } from "./stage.ts";

/** How fast sessions are taken in, and how much side by side they run. */
export async function measureSpawns(): Promise<Figure[]> {
  await using model = await startModel("second");
  await using stage = openStage({
    ANTHROPIC_API_KEY: "bench",
    ANTHROPIC_BASE_URL: model.url,
    POOL_MAX_CONCURRENT: "50",
  });
  stage.run("up");
  const api = createApi(stage.daemon());
  const walls: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const startedAt = performance.now();
    const { batch_id: id } = await api.spawn({ sessions: toSessions(50) });
    const counts = await api.waitFor(id);
    if (counts["completed"] !== 50) throw new Error(`not all completed: ${JSON.stringify(counts)}`);
    walls.push(performance.now() - startedAt);
  }
  const admissions = await readAdmissions(api);
  const posts: number[] = [];
  for (let round = 0; round < 100; round += 1) {
    const startedAt = performance.now();
    await api.spawn({ sessions: toSessions(2) });
    posts.push(performance.now() - startedAt);
  }
  return [
    {
      name: "accepted → in a slot, p95",
      value: toPercentile(admissions, 0.95),
      unit: "ms",
      below: 200,
      note: `${admissions.length} sessions, 50 at once; median ${toMedian(admissions).toFixed(0)} ms`,
    },
    { name: "50 sessions of 1 s at limit 50", value: toMedian(walls), unit: "ms", below: 1_400 },
    {
      name: "POST of 2 sessions, p95",
      value: toPercentile(posts, 0.95),
      unit: "ms",
      below: 50,
      note: `100 in a row, while the earlier ones run; median ${toMedian(posts).toFixed(1)} ms`,
    },
  ];
}

/** Ms from accepted to running, of every session there is. */
async function readAdmissions(api: Api): Promise<number[]> {
  const { sessions } = await api.listSessions();
  return sessions.flatMap(({ created_at: created, started_at: started }) =>
    started === null ? [] : [Date.parse(started) - Date.parse(created)],
  );
}
