import { startModelServer } from "../test/support/model-server/start-model-server.ts";
import type { Figure } from "./figure.ts";
import { openStage } from "./stage.ts";

/** How much goes out to a model before the task is said. */
export async function measureRequest(): Promise<Figure[]> {
  const task = "TASK";
  const model = await startModelServer({ script: () => ({ text: "done" }) });
  await using stage = openStage({ ANTHROPIC_API_KEY: "bench", ANTHROPIC_BASE_URL: model.anthropicUrl });
  stage.run("up");
  const child = await import("node:child_process");
  await new Promise<void>((resolve) => {
    const bin = new URL("../bin/profclaw.cjs", import.meta.url).pathname;
    const args = [bin, "agent", "spawn", "--task", task, "--tools", "read_file,grep,glob"];
    child
      .spawn(process.execPath, args, { cwd: stage.workspace, env: stage.env, stdio: "ignore" })
      .once("exit", () => resolve());
  });
  const body = JSON.stringify(model.requests[0]?.body ?? {});
  await model.close();
  const value = (Buffer.byteLength(body) - task.length) / 1_024;
  return [{ name: "request for three tools, without the task", value, unit: "KB", below: 4 }];
}
