import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProgram } from "../../support/e2e/program.ts";
import { until } from "../../support/e2e/until.ts";
import { startModelServer } from "../../support/model-server/start-model-server.ts";
import { fillState } from "./full-state.ts";

// node test/unit/daemon/measure-restart.ts [ended] [running]: how long the built daemon takes to be ready,
// to the first and the last resumed turn, and to stop. Needs npm run build.
const [ended = 10_000, running = 1_000] = process.argv.slice(2).map(Number);
const main = fileURLToPath(new URL("../../../dist/daemon/main.js", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "profclaw-restart-"));
const home = join(root, "state");
const database = join(home, "profclaw.db");
const resumed: number[] = [];
const model = await startModelServer({
  keepBodies: false,
  script: () => {
    resumed.push(performance.now());
    return { text: "done" };
  },
});
try {
  await fillState({ database, artifacts: join(home, "artifacts"), cwd: root, ended, running, turns: 5 });
  spawnSync("sync");
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
      ANTHROPIC_BASE_URL: model.anthropicUrl,
      POOL_MAX_CONCURRENT: "1000",
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
  const figures = {
    megabytes: Math.round(statSync(database).size / 1e6),
    ended,
    running,
    readyMs,
    firstTurnMs: (resumed[0] ?? Number.NaN) - startedAt,
    lastTurnMs: (resumed.at(-1) ?? Number.NaN) - startedAt,
    stopMs: performance.now() - stoppedAt,
  };
  process.stdout.write(
    `${JSON.stringify(figures, (_key, value: unknown) => (typeof value === "number" ? Math.round(value) : value))}\n`,
  );
} finally {
  await model.close();
  rmSync(root, { recursive: true, force: true });
}
