import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SessionView } from "../../../src/contract/shapes.ts";
import { type Stage, createStage } from "./stage.ts";

const fakePath = fileURLToPath(new URL("../agents/fake-codex.ts", import.meta.url));

/** A stage whose PATH has a `codex`. */
export async function createCodexStage(env: Record<string, string> = {}): Promise<Stage> {
  const stage = await createStage({ env });
  const shim = `#!/bin/sh\nexec "${process.execPath}" "${fakePath}" "$@"\n`;
  writeFileSync(join(stage.root, "bin", "codex"), shim, { mode: 0o755 });
  mkdirSync(stage.state, { mode: 0o700 });
  return stage;
}

/** A session for each task, once all have ended. */
export async function runCodex(
  stage: Stage,
  tasks: readonly string[],
  more: object = {},
): Promise<SessionView[]> {
  const { sessions } = await stage.spawn({
    sessions: tasks.map((task) => ({ task, agent: "codex", ...more })),
  });
  return stage.untilEnded(
    sessions.map(({ id }) => id),
    20_000,
  );
}

/** All that the first runs of a stage's sessions have printed. */
export function readRuns(stage: Stage): string {
  const agents = join(stage.state, "agents");
  if (!existsSync(agents)) return "";
  return readdirSync(agents)
    .map((id) => readRun(stage, id))
    .join("\n");
}

export function readRun(stage: Stage, id: string): string {
  const file = join(stage.state, "agents", id, "1", "stdout.log");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
