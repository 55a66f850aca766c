import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Figure } from "./figure.ts";
import { readMemoryMb, toMedian } from "./process-figures.ts";
import { openStage } from "./stage.ts";

const repeats = 9;

/** How fast the program is there, and what it costs to have it there. */
export async function measureStarts(): Promise<Figure[]> {
  const ready: number[] = [];
  const idle: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    await using stage = openStage({});
    ready.push(stage.run("up").ms);
    await sleep(1_000);
    idle.push(readMemoryMb(stage.daemon().pid).now);
  }
  await using stage = openStage({ ANTHROPIC_API_KEY: "bench" });
  stage.run("up");
  const times = (...args: string[]): number[] => Array.from({ length: repeats }, () => stage.run(...args).ms);
  const bare = Array.from({ length: repeats }, () => timeBareNode());
  return [
    { name: "bare `node -e 0`", value: toMedian(bare), unit: "ms", note: "for comparison" },
    { name: "`profclaw version`", value: toMedian(times("version")), unit: "ms", below: 120 },
    {
      name: "`profclaw agent sessions`, daemon running",
      value: toMedian(times("agent", "sessions")),
      unit: "ms",
      below: 150,
    },
    {
      name: "`profclaw agent spawn --help`",
      value: toMedian(times("agent", "spawn", "--help")),
      unit: "ms",
      below: 150,
    },
    { name: "`profclaw doctor`", value: toMedian(times("doctor")), unit: "ms", below: 2_000 },
    {
      name: "daemon ready",
      value: toMedian(ready),
      unit: "ms",
      below: 400,
      note: "all of `profclaw up`: CLI, supervisor, daemon, greeting",
    },
    { name: "idle daemon", value: toMedian(idle), unit: "MB", below: 100, note: "resident, 1 s after start" },
  ];
}

function timeBareNode(): number {
  const startedAt = performance.now();
  spawnSync(process.execPath, ["-e", "0"]);
  return performance.now() - startedAt;
}
