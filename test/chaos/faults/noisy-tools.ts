import { readFileSync } from "node:fs";
import { type Arena, createArena } from "../arena/arena.ts";
import { findProcesses } from "../arena/processes.ts";
import { finish, untilAllEnded } from "../arena/rest-of-life.ts";
import { until } from "../arena/until.ts";
import { spawnNoise } from "../arena/spawn-noise.ts";
import { defineFault } from "../define-fault.ts";
import { toBreaches } from "../invariants/breach.ts";
import { listSessions } from "../invariants/evidence.ts";
import { toReport } from "../invariants/figure-text.ts";
import { findBreaches } from "../invariants/find-breaches.ts";
import type { Plan } from "../model/plan.ts";

const sizes = { short: { rounds: 1, floods: 1 }, full: { rounds: 3, floods: 1 } };
const calmCount = 20;
const mostRatio = 2;
const mostMegabytes = 600;

export const noisyTools = defineFault({
  name: "noisy-tools",
  promise: ["P13", "P6"],
  figure: `tools that print lines of 1 GB and a million lines, start 200 processes and fork bombs, beside ${calmCount} calm sessions`,
  async run(context) {
    const { floods, ...size } = sizes[context.scale];
    const rounds = context.rounds ?? size.rounds;
    await using arena = await createArena({ build: context.build, env: { POOL_MAX_CONCURRENT: "40" } });
    const daemon = arena.launch();
    await daemon.ready();
    await runCalm(arena, "warm-up");
    const calm: number[] = [];
    const noisy: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      calm.push(...(await runCalm(arena, `calm${round}`)));
      await spawnAllNoise(arena, floods);
      // The noise has to be there before the calm ones are.
      await until("the processes of the noise are there", () => findProcesses(arena.workspace).length > 100);
      noisy.push(...(await runCalm(arena, `beside${round}`)));
      await untilAllEnded(arena, 90_000);
    }
    const [alone, beside] = [toP95(calm), toP95(noisy)];
    const peak = readPeakMegabytes(daemon.pid);
    const left = findProcesses(arena.workspace).filter(
      ({ pid, command }) => pid !== daemon.pid && !command.includes("/dist/"),
    );
    const evidence = await finish(arena, daemon);
    const ratio = beside / alone;
    const breaches = [
      ...findBreaches(evidence, { isUsageWild: true }),
      ...toBreaches(
        `the calm ones' p95 stays below ${mostRatio} ×`,
        ratio < mostRatio ? [] : [`${ratio.toFixed(2)} ×`],
      ),
      ...toBreaches(`the daemon stays below ${mostMegabytes} MB`, peak < mostMegabytes ? [] : [`${peak} MB`]),
      ...toBreaches(
        "no process of a tool outlives its call",
        left.map(({ command }) => command.slice(0, 100)),
      ),
    ];
    const what = `p95 of ${calm.length} calm sessions alone ${alone} ms, beside ${rounds * floods} lines of 1 GB, ${rounds * floods} million lines, ${rounds * floods} × 200 processes and ${rounds * floods} fork bombs of 2,047 ${beside} ms (${ratio.toFixed(2)} ×), daemon's peak ${peak} MB`;
    return toReport(what, evidence, breaches);
  },
});

/** Twenty sessions that mostly wait for their model; how long each took, in ms. */
async function runCalm(arena: Arena, prefix: string): Promise<number[]> {
  const plans = Array.from({ length: calmCount }, (_, at): Plan => ({
    id: `${prefix}-${at}`,
    steps: ["write", "read", "edit", "read", "edit"],
    delayMs: 200,
  }));
  const ids = new Set(await arena.submit(plans));
  const mine = async () => (await listSessions(arena)).filter(({ id }) => ids.has(id));
  const areOver = async (): Promise<boolean> => (await mine()).every((session) => session.ended_at !== null);
  await until("the calm sessions have ended", areOver, { withinMs: 60_000, pauseMs: 100 });
  return (await mine()).map((session) => Date.parse(session.ended_at ?? "") - Date.parse(session.created_at));
}

/** A line of a gigabyte, two hundred processes, a fork bomb and a storm of lines, `count` times each. */
async function spawnAllNoise(arena: Arena, count: number): Promise<void> {
  for (const kind of ["flood", "swarm", "bomb", "storm"])
    await spawnNoise(arena, kind, { count, tools: ["bash"] });
}

function toP95(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.95) - 1)] ?? 0;
}

/** VmHWM of proc(5): the most memory that the process ever had. */
function readPeakMegabytes(pid: number): number {
  const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Math.round(Number(line?.[1] ?? 0) / 1_024);
}
