import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createApi } from "./api.ts";
import type { Figure } from "./figure.ts";
import { readCpuMs, readMemoryMb } from "./process-figures.ts";
import { toSessions } from "./spawn-figures.ts";
import { openStage, startModel } from "./stage.ts";

interface Load {
  wallMs: number;
  cpuMs: number;
  peakMb: number;
  turns: number;
}

const turnsEach = 5;

/** Many sessions of five turns, beside a bare loop that makes the same model calls in the same run. */
export async function measureLoad(sizes: readonly number[]): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const size of sizes) {
    const bare = await runBare(size);
    const ours = await runOurs(size);
    figures.push(...toFigures(size, bare, ours));
  }
  return figures;
}

async function runBare(size: number): Promise<Load> {
  await using model = await startModel("five-turns");
  await using stage = openStage({});
  stage.run("up");
  const script = fileURLToPath(new URL("bare-loop.ts", import.meta.url));
  const args = [script, model.url, stage.workspace, String(size)];
  const { stdout } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(stdout) as Load;
}

async function runOurs(size: number): Promise<Load> {
  await using model = await startModel("five-turns");
  await using stage = openStage({
    ANTHROPIC_API_KEY: "bench",
    ANTHROPIC_BASE_URL: model.url,
    PROFCLAW_MODE: "pro",
    POOL_MAX_CONCURRENT: String(size),
  });
  stage.run("up");
  const daemon = stage.daemon();
  const api = createApi(daemon);
  const cpuBefore = readCpuMs(daemon.pid);
  const startedAt = performance.now();
  const { batch_id: id } = await api.spawn({ sessions: toSessions(size), cwd: stage.workspace });
  const counts = await api.waitFor(id);
  const wallMs = performance.now() - startedAt;
  if (counts["completed"] !== size) throw new Error(`not all completed: ${JSON.stringify(counts)}`);
  const cpuMs = readCpuMs(daemon.pid) - cpuBefore;
  return { wallMs, cpuMs, peakMb: readMemoryMb(daemon.pid).peak, turns: size * turnsEach };
}

function toFigures(size: number, bare: Load, ours: Load): Figure[] {
  const name = `${size} sessions × ${turnsEach} turns`;
  const overheadMs = ours.cpuMs / ours.turns - bare.cpuMs / bare.turns;
  return [
    { name: `${name}: wall`, value: ours.wallMs, unit: "ms", note: `bare loop ${bare.wallMs.toFixed(0)} ms` },
    { name: `${name}: wall ÷ bare loop`, value: ours.wallMs / bare.wallMs, unit: "×" },
    { name: `${name}: turns/s`, value: (ours.turns * 1_000) / ours.wallMs, unit: "/s" },
    {
      name: `${name}: CPU over the bare loop, per turn`,
      value: overheadMs,
      unit: "ms",
      below: 4,
      note: `ours ${(ours.cpuMs / ours.turns).toFixed(2)} ms, bare ${(bare.cpuMs / bare.turns).toFixed(2)} ms`,
    },
    {
      name: `${name}: peak memory`,
      value: ours.peakMb,
      unit: "MB",
      note: `bare loop ${bare.peakMb.toFixed(0)} MB`,
    },
  ];
}
