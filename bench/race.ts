import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createApi } from "./api.ts";
import { readCpuMs, readMemoryMb } from "./process-figures.ts";
import { openStage, startModel } from "./stage.ts";
import { toSessions } from "./task.ts";

/** What sessions are run, by us and by the bare loop. */
export interface Course {
  /** The scripted model's part. */
  script: string;
  sessions: number;
  taskLength: number;
  turnsEach: number;
}

/** What one process needed for a course. */
export interface Load {
  wallMs: number;
  cpuMs: number;
  peakMb: number;
  turns: number;
}

export interface OurLoad extends Load {
  /** The event loop's delay, ms. */
  loopP99Ms: number;
  /** What the database grew by, for each turn. */
  bytesPerTurn: number;
}

// A request body is at most 1 MB.
const mostTaskCharacters = 900_000;

/** A loop without us, in a process of its own, beside an idle daemon: over doStream, or over fetch alone. */
export async function runBare(
  { script, sessions, taskLength }: Course,
  by: "bare-loop" | "bare-fetch",
): Promise<Load> {
  await using model = await startModel(script);
  await using stage = openStage({});
  const main = fileURLToPath(new URL(`${by}.ts`, import.meta.url));
  const args = [main, model.url, stage.workspace, String(sessions), String(taskLength)];
  const { stdout } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(stdout) as Load;
}

/** The same by a fresh daemon. */
export async function runOurs({ script, sessions, taskLength, turnsEach }: Course): Promise<OurLoad> {
  await using model = await startModel(script);
  await using stage = openStage({
    ANTHROPIC_API_KEY: "bench",
    ANTHROPIC_BASE_URL: model.url,
    PROFCLAW_MODE: "pro",
    POOL_MAX_CONCURRENT: String(sessions),
  });
  stage.run("up");
  const daemon = stage.daemon();
  const api = createApi(daemon);
  const cpuBefore = readCpuMs(daemon.pid);
  const startedAt = performance.now();
  const lot = taskLength === 0 ? sessions : Math.max(1, Math.floor(mostTaskCharacters / taskLength));
  const all = toSessions(sessions, taskLength);
  const batches: { batch_id: string }[] = [];
  for (let from = 0; from < sessions; from += lot) {
    batches.push(await api.spawn({ sessions: all.slice(from, from + lot), cwd: stage.workspace }));
  }
  const counts = await Promise.all(batches.map(({ batch_id: id }) => api.waitFor(id)));
  const wallMs = performance.now() - startedAt;
  const completed = counts.reduce((sum, count) => sum + (count["completed"] ?? 0), 0);
  if (completed !== sessions) throw new Error(`not all completed: ${JSON.stringify(counts)}`);
  const turns = sessions * turnsEach;
  const load = {
    wallMs,
    cpuMs: readCpuMs(daemon.pid) - cpuBefore,
    peakMb: readMemoryMb(daemon.pid).peak,
    turns,
    loopP99Ms: (await api.readLoopDelay()).p99,
  };
  return { ...load, bytesPerTurn: stage.databaseBytes() / turns };
}

/** Every round's figures of each of the three. */
export interface Race {
  fetched: Load[];
  bare: Load[];
  ours: OurLoad[];
}

/** Runs all three by turns, in turned order, so that a machine that gets slower or faster favours none. */
export async function race(course: Course, rounds: number): Promise<Race> {
  const found: Race = { fetched: [], bare: [], ours: [] };
  const steps = [
    async () => found.fetched.push(await runBare(course, "bare-fetch")),
    async () => found.bare.push(await runBare(course, "bare-loop")),
    async () => found.ours.push(await runOurs(course)),
  ];
  for (let round = 0; round < rounds; round += 1) {
    for (const step of round % 2 === 0 ? steps : steps.toReversed()) await step();
  }
  return found;
}
