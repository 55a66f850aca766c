import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SessionListView } from "../../src/contract/shapes.ts";
import { demoTasks } from "../../src/cli/demo/demo-tasks.ts";
import { startSimulatedModel } from "../../src/cli/demo/simulated-model.ts";
import { startModelServer } from "../support/model-server/start-model-server.ts";
import { type Row, Screen } from "./screen.ts";
import { answerTeam } from "./team-script.ts";

const checkout = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const bin = join(checkout, "bin", "profclaw.cjs");
export const columns = 120;
const lines = 40;
const pace = { thinkMs: 350, chunkMs: 20, chunkLength: 12 };
const withinMs = 60_000;

/** A person's machine: a home, a project, two models, and a terminal. */
export interface WalkStage extends AsyncDisposable {
  /** Runs what is typed on a terminal; answers the screen at its end, or the first one that satisfies `until`. */
  type(command: string, until?: (screen: string) => boolean): Promise<Row[]>;
  /** The same off a terminal: its stdout. */
  read(...words: string[]): string;
  /** Ids of sessions and batches, oldest first. */
  ids(): string[];
  places(): [string, string][];
}

/** Always in the same folder, so that what a model is told has the same length, and costs the same. */
export async function openWalkStage(): Promise<WalkStage> {
  const root = join(tmpdir(), "profclaw-walkthrough");
  rmSync(root, { recursive: true, force: true });
  const home = join(root, "ann");
  const project = join(home, "shop");
  for (const folder of [join(home, ".profclaw"), join(root, "bin")])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  cpSync(join(checkout, "examples", "sample-project"), project, { recursive: true });
  writeFileSync(join(home, ".profclaw", "config.yaml"), userConfig, { mode: 0o600 });
  const shim = `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`;
  writeFileSync(join(root, "bin", "profclaw"), shim, { mode: 0o755 });
  const solo = await startSimulatedModel(demoTasks, pace);
  const team = await startModelServer({ script: answerTeam });
  const env = {
    PATH: [join(root, "bin"), dirname(process.execPath), process.env["PATH"]].join(":"),
    HOME: home,
    LANG: "C.UTF-8",
    TERM: "xterm-256color",
    SHELL: "/bin/sh",
    ANTHROPIC_API_KEY: "simulated",
    ANTHROPIC_BASE_URL: solo.url,
    GROQ_API_KEY: "simulated",
    GROQ_BASE_URL: team.groqUrl,
    PROFCLAW_IDLE_EXIT_MS: "60000",
  };
  const world = { root, home, project, env };
  return {
    type: (command, until) => typeOnTerminal(command, world, until),
    read: (...words) => readOutput(words, world),
    ids: () => listIds(world),
    places: () => listPlaces(world),
    async [Symbol.asyncDispose]() {
      readOutput(["agent", "stop", "--all"], world);
      readOutput(["down"], world);
      await solo[Symbol.asyncDispose]();
      await team.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

const userConfig = `policy:
  allow:
    - Bash(npm run lint:*)
  deny:
    - Bash(git push:*)
budgets: { day: "5.00" }
`;

interface World {
  root: string;
  home: string;
  project: string;
  env: Record<string, string>;
}

function typeOnTerminal(
  command: string,
  { project, env }: World,
  until?: (screen: string) => boolean,
): Promise<Row[]> {
  const inside = `stty cols ${columns} rows ${lines}; ${command}`;
  const child = spawn("script", ["-qec", inside, "/dev/null"], {
    cwd: project,
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const screen = new Screen(columns);
  let wanted: Row[] | undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen.feed(text);
    if (wanted === undefined && until?.(screen.text()) === true) wanted = screen.copy();
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), withinMs);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => {
      clearTimeout(timer);
      const rows = until === undefined ? screen.copy() : wanted;
      if (rows === undefined) reject(new Error(`"${command}" never looked as it should:\n${screen.text()}`));
      else resolve(rows);
    });
  });
}

function readOutput(words: readonly string[], { project, env }: World): string {
  const { stdout } = spawnSync(process.execPath, [bin, ...words], { cwd: project, env, encoding: "utf8" });
  return stdout.trim();
}

function listIds(world: World): string[] {
  const { sessions } = JSON.parse(
    readOutput(["agent", "sessions", "-a", "--json", "--limit", "1000"], world),
  ) as SessionListView;
  return sessions.toReversed().flatMap(({ id, batch_id: batch }) => [id, ...(batch === null ? [] : [batch])]);
}

function listPlaces({ home, root }: World): [string, string][] {
  const discovery = join(home, ".profclaw", "daemon.json");
  const port = existsSync(discovery)
    ? (JSON.parse(readFileSync(discovery, "utf8")) as { port: number }).port
    : 3_000;
  return [
    [process.execPath, "/usr/bin/node"],
    [checkout, "/usr/lib/node_modules/profclaw"],
    [home, "/home/ann"],
    [root, "/tmp"],
    [`:${port}`, ":3000"],
  ];
}
