import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Stage, createStage } from "./stage.ts";

const fakePath = fileURLToPath(new URL("../agents/fake-claude.ts", import.meta.url));

/** A stage whose PATH has a `claude`: ours, which speaks as the real one does. */
export async function createClaudeStage(env: Record<string, string> = {}): Promise<Stage> {
  const stage = await createStage({ env });
  const shim = `#!/bin/sh\nexec "${process.execPath}" "${fakePath}" "$@"\n`;
  writeFileSync(join(stage.root, "bin", "claude"), shim, { mode: 0o755 });
  mkdirSync(stage.state, { mode: 0o700 });
  return stage;
}
