import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { SessionListView, SessionView } from "../../src/contract/shapes.ts";
import { startModelServer } from "../support/model-server/start-model-server.ts";
import { answerPanel } from "./panel-model.ts";

const checkout = join(import.meta.dirname, "../..");
const bin = join(checkout, "bin/profclaw.cjs");
const withinMs = 60_000;

/** A home with a copy of this repository in it, a daemon, and the simulated panel. */
export interface RecordedStage extends AsyncDisposable {
  /** Runs what is typed, by a shell; answers its stdout. Throws if it does not end well. */
  type(command: string): Promise<string>;
  /** All sessions, parents first, siblings by their role. */
  sessions(): Promise<SessionView[]>;
  port(): number;
  /** Texts of this machine and what stands for them. */
  places(): [string, string][];
}

/** Only what git knows is copied: what else lies about here would change what is found. */
export async function openRecordedStage(): Promise<RecordedStage> {
  const root = join(tmpdir(), "profclaw-recorded-run");
  rmSync(root, { recursive: true, force: true });
  const home = join(root, "ann");
  const project = join(home, "profclaw");
  mkdirSync(join(root, "bin"), { recursive: true, mode: 0o700 });
  for (const path of listTracked()) cpSync(join(checkout, path), join(project, path));
  writeFileSync(join(root, "bin/profclaw"), `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`, {
    mode: 0o755,
  });
  const model = await startModelServer({ script: answerPanel });
  const env = {
    PATH: [join(root, "bin"), dirname(process.execPath), process.env["PATH"]].join(":"),
    HOME: home,
    LANG: "C.UTF-8",
    ANTHROPIC_API_KEY: "simulated",
    ANTHROPIC_BASE_URL: model.anthropicUrl,
    PROFCLAW_IDLE_EXIT_MS: "60000",
  };
  const type = async (command: string): Promise<string> => typeInShell(command, { cwd: project, env });
  const discovery = join(home, ".profclaw/daemon.json");
  return {
    type,
    sessions: async () => toFamilies(await type("profclaw agent sessions -a --json --limit 1000")),
    port: () => (JSON.parse(readFileSync(discovery, "utf8")) as { port: number }).port,
    places: () => [
      [process.execPath, "/usr/bin/node"],
      [home, "/home/ann"],
    ],
    async [Symbol.asyncDispose]() {
      if (existsSync(discovery)) await type("profclaw agent stop --all; profclaw down");
      await model.close();
      rmSync(root, { recursive: true, force: true });
      if (model.violations.length > 0) throw new Error(model.violations.join("\n"));
    },
  };
}

function listTracked(): string[] {
  const { stdout } = spawnSync("git", ["ls-files", "--", "*.md", "docs", "test"], {
    cwd: checkout,
    encoding: "utf8",
  });
  return stdout.split("\n").filter((path) => path !== "" && existsSync(join(checkout, path)));
}

/** Not while this process sleeps: it is the model too. */
function typeInShell(
  command: string,
  options: { cwd: string; env: Record<string, string> },
): Promise<string> {
  const child = spawn("/bin/sh", ["-c", command], { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => (said[name] += text));
  const timer = setTimeout(() => child.kill("SIGKILL"), withinMs);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode) => {
      clearTimeout(timer);
      if (exitCode === 0) resolve(said.stdout.trimEnd());
      else reject(new Error(`"${command}" ended ${exitCode}:\n${said.stdout}${said.stderr}`));
    });
  });
}

function toFamilies(json: string): SessionView[] {
  const { sessions } = JSON.parse(json) as SessionListView;
  return sessions.toSorted((a, b) => a.depth - b.depth || (a.role ?? "").localeCompare(b.role ?? ""));
}
