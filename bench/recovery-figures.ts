import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProgram } from "../test/support/e2e/program.ts";
import { until } from "../test/support/e2e/until.ts";
import { startModelServer } from "../test/support/model-server/start-model-server.ts";
import { fillState } from "../test/unit/daemon/full-state.ts";
import type { Figure } from "./figure.ts";
import { toMedian } from "./process-figures.ts";

const ended = 10_000;
const running = 1_000;
const rounds = 3;
const main = fileURLToPath(new URL("../dist/daemon/main.js", import.meta.url));

interface Restart {
  readyMs: number;
  firstTurnMs: number;
  lastTurnMs: number;
  stopMs: number;
}

/** A daemon starts on the state of one that was killed with a thousand sessions running and 10,000 on record. */
export async function measureRecovery(): Promise<Figure[]> {
  const restarts: Restart[] = [];
  for (let round = 0; round < rounds; round += 1) restarts.push(await restart());
  const median = (pick: (one: Restart) => number): number => toMedian(restarts.map(pick));
  const each = (pick: (one: Restart) => number): string =>
    `median of ${restarts.map((one) => pick(one).toFixed(0)).join(", ")}`;
  const name = `${running} running, ${ended} on record`;
  return [
    { name: `${name}: ready`, value: median((one) => one.readyMs), unit: "ms", below: 2_000 },
    {
      name: `${name}: ready → first resumed turn`,
      value: median((one) => one.firstTurnMs - one.readyMs),
      unit: "ms",
      below: 1_000,
    },
    {
      name: `${name}: process start → first resumed turn`,
      value: median((one) => one.firstTurnMs),
      unit: "ms",
      below: 1_000,
      note: each((one) => one.firstTurnMs),
    },
    { name: `${name}: process start → all resumed`, value: median((one) => one.lastTurnMs), unit: "ms" },
    { name: "SIGTERM → ended", value: median((one) => one.stopMs), unit: "ms", below: 10_000 },
  ];
}

async function restart(): Promise<Restart> {
  const root = mkdtempSync(join(tmpdir(), "profclaw-recovery-"));
  const home = join(root, "state");
  const resumed: number[] = [];
  const model = await startModelServer({
    keepBodies: false,
    script: () => {
      resumed.push(performance.now());
      return { text: "done" };
    },
  });
  try {
    const database = join(home, "profclaw.db");
    await fillState({ database, artifacts: join(home, "artifacts"), cwd: root, ended, running, turns: 5 });
    spawnSync("sync");
    return await follow({ root, home, modelUrl: model.anthropicUrl, resumed });
  } finally {
    await model.close();
    rmSync(root, { recursive: true, force: true });
  }
}

interface Scene {
  root: string;
  home: string;
  modelUrl: string;
  /** When each session asked the model again. */
  resumed: number[];
}

async function follow({ root, home, modelUrl, resumed }: Scene): Promise<Restart> {
  const startedAt = performance.now();
  const daemon = startProgram({
    argv: [process.execPath, main],
    cwd: root,
    withinMs: 120_000,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: root,
      PROFCLAW_HOME: home,
      ANTHROPIC_API_KEY: "test-key",
      ANTHROPIC_BASE_URL: modelUrl,
      POOL_MAX_CONCURRENT: String(running),
    },
  });
  await daemon.says(/ready/, "stderr");
  const readyMs = performance.now() - startedAt;
  await until(
    () => resumed.length,
    (count) => count >= running,
    100_000,
  );
  const stoppedAt = performance.now();
  daemon.kill("SIGTERM");
  await daemon.ended;
  return {
    readyMs,
    firstTurnMs: (resumed[0] ?? Number.NaN) - startedAt,
    lastTurnMs: (resumed.at(-1) ?? Number.NaN) - startedAt,
    stopMs: performance.now() - stoppedAt,
  };
}
