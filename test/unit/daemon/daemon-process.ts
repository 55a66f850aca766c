import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AcceptedBatchView } from "../../../src/contract/session-operations.ts";
import type { SessionView } from "../../../src/contract/shapes.ts";
import { findProcesses, killHard } from "../../support/e2e/processes.ts";
import { type Program, startProgram } from "../../support/e2e/program.ts";
import { type RestAnswer, type RestCall, callRest } from "../../support/e2e/rest.ts";
import { until } from "../../support/e2e/until.ts";
import type { ModelScript } from "../../support/model-server/reply.ts";
import { type ModelServer, startModelServer } from "../../support/model-server/start-model-server.ts";

const sources = fileURLToPath(new URL("../../../src/daemon", import.meta.url));
const fencingMain = fileURLToPath(new URL("../../support/daemon/fencing-main.ts", import.meta.url));

/** A state folder and a model; daemons on it are processes of their own, run from the sources. */
export interface DaemonStage extends AsyncDisposable {
  root: string;
  home: string;
  model: ModelServer;
  /**
   * `main` is the daemon itself, `supervisor` brings it back after a crash, `fencing` is a daemon that
   * can end no other one. `below`: a program that runs it.
   */
  start(entry: DaemonEntry, env?: Record<string, string>, below?: readonly string[]): Program;
  /** Resolves with the pid once a daemon other than `but` has announced itself. */
  untilReady(but?: number): Promise<number>;
  /** `path` below /api. */
  rest(path: string, call?: RestCall): Promise<RestAnswer>;
  /** Answers the ids. */
  spawn(tasks: readonly string[], wish?: Record<string, unknown>): Promise<string[]>;
  session(id: string): Promise<SessionView>;
  untilEnded(ids: readonly string[], withinMs?: number): Promise<SessionView[]>;
}

type DaemonEntry = "main" | "supervisor" | "fencing";

export interface StageSetting {
  script: ModelScript;
  /** Default: "state" below the root. */
  home?: string;
}

interface Announced {
  pid: number;
  port: number;
}

export async function createDaemonStage({ script, home }: StageSetting): Promise<DaemonStage> {
  const root = mkdtempSync(join(tmpdir(), "profclaw-daemon-"));
  const model = await startModelServer({ script });
  return new RealStage({ root, home: home ?? join(root, "state"), model });
}

class RealStage implements DaemonStage {
  readonly root: string;
  readonly home: string;
  readonly model: ModelServer;

  constructor(parts: Pick<DaemonStage, "root" | "home" | "model">) {
    this.root = parts.root;
    this.home = parts.home;
    this.model = parts.model;
  }

  start(entry: DaemonEntry, env: Record<string, string> = {}, below: readonly string[] = []): Program {
    const file = entry === "fencing" ? fencingMain : join(sources, `${entry}.ts`);
    const [program, ...rest] = [...below, process.execPath, file];
    return startProgram({
      argv: [program, ...rest],
      cwd: this.root,
      withinMs: 60_000,
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: this.root,
        PROFCLAW_HOME: this.home,
        ANTHROPIC_API_KEY: "test-key",
        ANTHROPIC_BASE_URL: this.model.anthropicUrl,
        PROFCLAW_RETRY_DEADLINE_MS: "5000",
        PROFCLAW_IDLE_EXIT_MS: "60000",
        FENCING_MAIN: join(sources, "main.ts"),
        ...env,
      },
    });
  }

  async untilReady(but?: number): Promise<number> {
    const found = await until(
      () => this.announced(),
      (daemon) => daemon !== null && daemon.pid !== but,
      15_000,
    );
    return found?.pid ?? -1;
  }

  rest(path: string, call: RestCall = {}): Promise<RestAnswer> {
    const token = readFileSync(join(this.home, "token"), "utf8").trim();
    return callRest(`http://127.0.0.1:${this.announced()?.port}/api${path}`, { token, ...call });
  }

  async spawn(tasks: readonly string[], wish: Record<string, unknown> = {}): Promise<string[]> {
    const sessions = tasks.map((task) => ({ task, provider: "anthropic", ...wish }));
    const answer = await this.rest("/agents/sessions", { body: { sessions, cwd: this.root } });
    if (answer.status !== 202) throw new Error(`spawn was answered ${answer.status}: ${answer.text}`);
    return answer.json<AcceptedBatchView>().sessions.map(({ id }) => id);
  }

  async session(id: string): Promise<SessionView> {
    const answer = await this.rest(`/agents/sessions/${id}`);
    if (answer.status !== 200) throw new Error(`${id} was answered ${answer.status}: ${answer.text}`);
    return answer.json<SessionView>();
  }

  untilEnded(ids: readonly string[], withinMs = 20_000): Promise<SessionView[]> {
    return until(
      // A daemon that is just starting again does not answer.
      () => Promise.all(ids.map((id) => this.session(id))).catch(() => []),
      (views) => views.length === ids.length && views.every((view) => view.ended_at !== null),
      withinMs,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { pid } of findProcesses(this.home)) killHard(pid);
    await this.model.close();
    rmSync(this.root, { recursive: true, force: true });
  }

  private announced(): Announced | null {
    const path = join(this.home, "daemon.json");
    return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Announced) : null;
  }
}

/** Mounts a small file system in memory; null where that is not allowed. */
export function mountSmallDisk(path: string, megabytes: number): Disposable | null {
  const argv = ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", path];
  if (process.platform !== "linux" || spawnSync("mount", argv).status !== 0) return null;
  return { [Symbol.dispose]: () => void spawnSync("umount", ["-l", path]) };
}
