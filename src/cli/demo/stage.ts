import { cpSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Env } from "../../config/environment.ts";
import { resolvePaths } from "../../config/paths.ts";
import type { CliContext } from "../context.ts";
import { toPackagePath } from "../../config/package-path.ts";

/** Folders of the demo's own, and a context in which every command finds only them. */
export interface Stage extends Disposable {
  /** Where the sessions work. */
  workspace: string;
  context: CliContext;
}

export interface StageWish {
  /** Work in the folder one stands in instead of a copy of the sample project. */
  here: boolean;
  modelUrl: string;
}

// A demo that is killed leaves a daemon behind; this ends it soon.
const idleExitMs = 30_000;
const settings = /^(?:PROFCLAW_|POOL_)|_(?:API_KEY|BASE_URL)$/;

/** Makes the folders. Nothing of the person's own settings, keys or state is seen or touched. */
export function setStage(context: CliContext, { here, modelUrl }: StageWish): Stage {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "profclaw-demo-")));
  const workspace = here ? context.cwd : join(folder, "sample-project");
  if (!here) cpSync(toPackagePath("examples/sample-project"), workspace, { recursive: true });
  const env: Env = {
    ...Object.fromEntries(Object.entries(context.env).filter(([name]) => !settings.test(name))),
    PROFCLAW_HOME: join(folder, "state"),
    PROFCLAW_IDLE_EXIT_MS: String(idleExitMs),
    ANTHROPIC_API_KEY: "simulated",
    ANTHROPIC_BASE_URL: modelUrl,
  };
  return {
    workspace,
    context: { ...context, env, cwd: workspace, paths: resolvePaths(env) },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}
