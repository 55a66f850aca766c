import { spawn } from "node:child_process";
import { once } from "node:events";
import { until } from "../test/support/e2e/until.ts";
import { fillLongLog } from "../test/support/long-log.ts";
import { startModelServer } from "../test/support/model-server/start-model-server.ts";
import type { Figure } from "./figure.ts";
import { readMemoryMb } from "./process-figures.ts";
import { bin, openStage } from "./stage.ts";

const short = 2_000;
const long = 200_000;

/** The memory of `agent logs -f` on a long log, above that on a short one. */
export async function measureLongLog(): Promise<Figure[]> {
  const [few, many] = [await follow(short), await follow(long)];
  const name = `\`agent logs -f\`, a log of ${long} entries`;
  return [
    {
      name: `${name}: memory`,
      value: many.peakMb - few.peakMb,
      unit: "MB",
      below: 50,
      note: `${many.peakMb.toFixed(0)} MB at its peak, ${few.peakMb.toFixed(0)} MB with ${short} entries`,
    },
    { name: `${name}: until all is shown`, value: many.shownMs, unit: "ms" },
  ];
}

async function follow(entries: number): Promise<{ peakMb: number; shownMs: number }> {
  const model = await startModelServer({ keepBodies: false, script: () => ({ hang: true }) });
  try {
    await using stage = openStage({ ANTHROPIC_API_KEY: "bench", ANTHROPIC_BASE_URL: model.anthropicUrl });
    const id = await fillLongLog(stage.env["PROFCLAW_HOME"] ?? "", { entries, cwd: stage.workspace });
    stage.run("up");
    const startedAt = performance.now();
    const child = spawn(process.execPath, [bin, "agent", "logs", "-f", id], {
      env: stage.env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let lines = 0;
    child.stdout.on("data", (piece: Buffer) => {
      for (const byte of piece) if (byte === 10) lines += 1;
    });
    await until(
      () => lines,
      (count) => count >= entries,
      60_000,
    );
    const shownMs = performance.now() - startedAt;
    const peakMb = readMemoryMb(child.pid ?? 0).peak;
    const ended = once(child, "exit");
    stage.run("agent", "stop", id);
    await ended;
    return { peakMb, shownMs };
  } finally {
    await model.close();
  }
}
