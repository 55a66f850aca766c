import { spawn } from "node:child_process";
import { once } from "node:events";
import { until } from "../test/support/e2e/until.ts";
import { fillLongLog } from "../test/support/long-log.ts";
import { startModelServer } from "../test/support/model-server/start-model-server.ts";
import type { Figure } from "./figure.ts";
import { type Held, watchHeld } from "./process-figures.ts";
import { bin, openStage } from "./stage.ts";

const short = 2_000;
const long = 200_000;

/** The memory of `agent logs -f` on a long log, as a whole, and above that on a short one. */
export async function measureLongLog(): Promise<Figure[]> {
  const [few, many] = [await follow(short), await follow(long)];
  const name = `\`agent logs -f\`, a log of ${long} entries`;
  return [
    {
      name: `${name}: peak PSS`,
      value: many.held.pss,
      unit: "MB",
      below: 50,
      note: `${toNote(many.held)}; with ${short} entries PSS ${few.held.pss.toFixed(0)} MB, ${toNote(few.held)}`,
    },
    { name: `${name}: until all is shown`, value: many.shownMs, unit: "ms" },
  ];
}

function toNote({ own, rss }: Held): string {
  return `its own ${own.toFixed(0)} MB, RSS ${rss.toFixed(0)} MB`;
}

async function follow(entries: number): Promise<{ held: Held; shownMs: number }> {
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
    const watched = watchHeld(child.pid ?? 0);
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
    const held = watched.stop();
    const ended = once(child, "exit");
    stage.run("agent", "stop", id);
    await ended;
    return { held, shownMs };
  } finally {
    await model.close();
  }
}
