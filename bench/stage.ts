import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
export const bin = join(root, "bin/profclaw.cjs");

/** The scripted model in a process of its own. */
export interface ModelProcess extends AsyncDisposable {
  url: string;
}

export async function startModel(script: string): Promise<ModelProcess> {
  const main = join(root, "test/support/model-server/main.ts");
  const child = spawn(process.execPath, [main, "--script", script, "--brief"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const { url } = JSON.parse(line) as { url: string };
  return { url, [Symbol.asyncDispose]: () => endChild(child) };
}

/** A state folder, a workspace, and the built bin run in them. */
export interface Stage extends AsyncDisposable {
  workspace: string;
  env: NodeJS.ProcessEnv;
  run(...args: string[]): { ms: number; stdout: string };
  daemon(): { pid: number; url: string; token: string };
  /** The database with all that is not in it yet, once the daemon has ended. */
  databaseBytes(): number;
}

export function openStage(env: Record<string, string>): Stage {
  const folder = mkdtempSync(join(tmpdir(), "profclaw-bench-"));
  const workspace = mkdtempSync(join(folder, "workspace-"));
  writeFileSync(
    join(workspace, "package.json"),
    JSON.stringify({ name: "bench", version: "1.0.0" }, null, 2),
  );
  const home = join(folder, "state");
  const stageEnv = { PATH: process.env["PATH"], HOME: folder, PROFCLAW_HOME: home, ...env };
  const run: Stage["run"] = (...args) => {
    const startedAt = performance.now();
    const { stdout, stderr, status } = spawnSync(process.execPath, [bin, ...args], {
      cwd: workspace,
      env: stageEnv,
      encoding: "utf8",
      maxBuffer: 64e6,
    });
    if (status !== 0) throw new Error(`profclaw ${args.join(" ")} ended ${status}: ${stderr}`);
    return { ms: performance.now() - startedAt, stdout };
  };
  return {
    workspace,
    env: stageEnv,
    run,
    daemon() {
      const found = JSON.parse(readFileSync(join(home, "daemon.json"), "utf8")) as {
        pid: number;
        port: number;
      };
      const token = readFileSync(join(home, "token"), "utf8").trim();
      return { pid: found.pid, url: `http://127.0.0.1:${found.port}`, token };
    },
    databaseBytes() {
      run("down");
      return statSync(join(home, "profclaw.db")).size;
    },
    async [Symbol.asyncDispose]() {
      run("down");
      // fetch has to see that its connections are closed: the next daemon may have the same port.
      await sleep(50);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function endChild(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
