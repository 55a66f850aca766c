import type { Figure } from "./figure.ts";
import { toMedian } from "./process-figures.ts";
import { type Course, type Load, type OurLoad, race } from "./race.ts";

const turnsEach = 5;
const rounds = 3;

/** Many sessions of five turns, beside a bare loop that makes the same model calls in the same run. */
export async function measureLoad(sizes: readonly number[]): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const sessions of sizes) {
    const course = { script: "five-turns", sessions, taskLength: 0, turnsEach };
    figures.push(...(await measureCourse(`${sessions} sessions × ${turnsEach} turns`, course)));
  }
  return figures;
}

/** A hundred sessions whose transcripts grow to 200,000 characters, in answers of 300 deltas. */
export function measureTranscripts(): Promise<Figure[]> {
  const course = { script: "long-turns", sessions: 100, taskLength: 100_000, turnsEach };
  return measureCourse("100 sessions, 200 KB transcripts, 300 deltas an answer", course);
}

// What a thousand have to reach; fewer are shown only, because the fixed cost of a daemon weighs more.
const scaleFrom = 1_000;

async function measureCourse(name: string, course: Course): Promise<Figure[]> {
  const { fetched, bare, ours } = await race(course, rounds);
  const isScale = course.sessions >= scaleFrom;
  const median = (pick: (load: OurLoad) => number): number => toMedian(ours.map(pick));
  const bareMedian = (pick: (load: Load) => number): number => toMedian(bare.map(pick));
  const turns = course.sessions * course.turnsEach;
  const wallMs = median((load) => load.wallMs);
  const peakMb = median((load) => load.peakMb);
  const barePeakMb = bareMedian((load) => load.peakMb);
  const limit = (below: number): { below?: number } => (isScale ? { below } : {});
  return [
    {
      name: `${name}: wall`,
      value: wallMs,
      unit: "ms",
      note: `median of ${rounds}: ${toWalls(ours)}; bare loop ${toWalls(bare)}; bare fetch ${toWalls(fetched)}`,
    },
    {
      name: `${name}: wall ÷ bare loop`,
      value: wallMs / bareMedian((load) => load.wallMs),
      unit: "×",
      ...limit(1.5),
    },
    {
      name: `${name}: wall ÷ bare fetch`,
      value: wallMs / toMedian(fetched.map((load) => load.wallMs)),
      unit: "×",
      note: "fetch, lines, JSON.parse: no library, no checks, nothing kept",
    },
    { name: `${name}: turns/s`, value: (turns * 1_000) / wallMs, unit: "/s" },
    {
      name: `${name}: CPU over the bare loop, per turn`,
      value: median(toCpuMs) - bareMedian(toCpuMs),
      unit: "ms",
      below: 4,
      note: `ours ${median(toCpuMs).toFixed(2)} ms, bare ${bareMedian(toCpuMs).toFixed(2)} ms`,
    },
    { name: `${name}: peak memory`, value: peakMb, unit: "MB", ...limit(600) },
    {
      name: `${name}: peak memory ÷ bare loop`,
      value: peakMb / barePeakMb,
      unit: "×",
      ...limit(1.3),
      note: `bare loop ${barePeakMb.toFixed(0)} MB`,
    },
    { name: `${name}: memory per session`, value: (peakMb * 1_024) / course.sessions, unit: "KB" },
    {
      name: `${name}: event loop's delay, p99`,
      value: median((load) => load.loopP99Ms),
      unit: "ms",
      ...limit(100),
    },
    { name: `${name}: database, per turn`, value: median((load) => load.bytesPerTurn) / 1_024, unit: "KB" },
  ];
}

function toCpuMs(load: Load): number {
  return load.cpuMs / load.turns;
}

function toWalls(loads: readonly Load[]): string {
  return loads.map((load) => load.wallMs.toFixed(0)).join(", ");
}
