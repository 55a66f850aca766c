import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { NewBatchInput, AcceptedBatchView } from "../../../src/contract/session-operations.ts";
import type { SessionListView, SessionView } from "../../../src/contract/shapes.ts";
import type { ModelScript } from "../model-server/reply.ts";
import { type ModelServer, startModelServer } from "../model-server/start-model-server.ts";
import { findProcesses, isAlive, killHard } from "./processes.ts";
import { type Program, type ProgramEnd, startProgram } from "./program.ts";
import { type RestAnswer, type RestCall, callRest } from "./rest.ts";
import { until } from "./until.ts";

export const binPath = fileURLToPath(new URL("../../../bin/profclaw.cjs", import.meta.url));
const distPath = fileURLToPath(new URL("../../../dist/cli/main.cjs", import.meta.url));

/** What `daemon.json` says. */
interface Discovery {
  pid: number;
  started_at: string;
  port: number;
  version: string;
}

export interface StageOptions {
  /** Default: "done: " and the task, at once. */
  script?: ModelScript;
  /** On top of the stage's own; an empty text takes a variable away. */
  env?: Record<string, string>;
}

export interface RunOptions {
  env?: Record<string, string>;
  cwd?: string;
  input?: string;
  withinMs?: number;
}

/** A user of their own: home, state folder, workspace, environment, and a model that says what it is told. */
export interface Stage extends AsyncDisposable {
  root: string;
  /** PROFCLAW_HOME. It does not exist until something makes it. */
  state: string;
  workspace: string;
  model: ModelServer;
  env: Record<string, string>;
  /** `profclaw …`, to its end. */
  run(args: readonly string[], options?: RunOptions): Promise<ProgramEnd>;
  /** `profclaw …`, on its way; its stdin stays open. */
  start(args: readonly string[], options?: RunOptions): Program;
  /** A command text as a person types it, by `sh -c`, with `profclaw` on PATH. */
  shell(command: string, options?: RunOptions): Promise<ProgramEnd>;
  startShell(command: string, options?: RunOptions): Program;
  /** The daemon of this stage, from its file. */
  discovery(): Discovery;
  /** Resolves when another daemon than this one serves: until then the file names the dead one's port. */
  untilReplaced(pid: number): Promise<void>;
  url(): string;
  /** The admin token. */
  token(): string;
  /** `path` below the daemon's address: "/api/agents/sessions". */
  rest(path: string, call?: RestCall): Promise<RestAnswer>;
  /** Spawns over REST without a token, and answers what was accepted. */
  spawn(body: NewBatchInput): Promise<AcceptedBatchView>;
  session(id: string): Promise<SessionView>;
  /** Every session there is, oldest first. */
  sessions(): Promise<SessionView[]>;
  /** Resolves when all have ended. */
  untilEnded(ids: readonly string[], withinMs?: number): Promise<SessionView[]>;
  close(): Promise<void>;
}

/** Needs the build: it drives the program that people get. Dispose of it; it checks that nothing is left running. */
export async function createStage(options: StageOptions = {}): Promise<Stage> {
  if (!existsSync(distPath)) throw new Error("These tests drive the built program: run npm run build first.");
  const root = mkdtempSync(join(tmpdir(), "profclaw-e2e-"));
  const model = await startModelServer({
    script: options.script ?? ((request) => ({ text: `done: ${request.firstUserText}` })),
  });
  for (const name of ["home", "workspace", "bin"]) mkdirSync(join(root, name));
  const shim = `#!/bin/sh\nexec "${process.execPath}" "${binPath}" "$@"\n`;
  writeFileSync(join(root, "bin", "profclaw"), shim, { mode: 0o755 });
  return new RealStage(root, model, options.env ?? {});
}

class RealStage implements Stage {
  readonly root: string;
  readonly state: string;
  readonly workspace: string;
  readonly model: ModelServer;
  readonly env: Record<string, string>;

  constructor(root: string, model: ModelServer, env: Record<string, string>) {
    this.root = root;
    this.state = join(root, "state");
    this.workspace = join(root, "workspace");
    this.model = model;
    this.env = withoutEmpty({ ...toBaseEnv(root, model), ...env });
  }

  run(args: readonly string[], options: RunOptions = {}): Promise<ProgramEnd> {
    return finish(this.start(args, options), options);
  }

  start(args: readonly string[], options: RunOptions = {}): Program {
    return this.startArgv([process.execPath, binPath, ...args], options);
  }

  shell(command: string, options: RunOptions = {}): Promise<ProgramEnd> {
    return finish(this.startShell(command, options), options);
  }

  startShell(command: string, options: RunOptions = {}): Program {
    return this.startArgv(["/bin/sh", "-c", command], options);
  }

  discovery(): Discovery {
    return JSON.parse(readFileSync(join(this.state, "daemon.json"), "utf8")) as Discovery;
  }

  async untilReplaced(pid: number): Promise<void> {
    await until(
      () => this.discovery().pid,
      (serving) => serving !== pid,
      10_000,
    );
  }

  url(): string {
    return `http://127.0.0.1:${this.discovery().port}`;
  }

  token(): string {
    return readFileSync(join(this.state, "token"), "utf8").trim();
  }

  rest(path: string, call: RestCall = {}): Promise<RestAnswer> {
    return callRest(`${this.url()}${path}`, call);
  }

  async spawn(body: NewBatchInput): Promise<AcceptedBatchView> {
    const answer = await this.rest("/api/agents/sessions", { body });
    if (answer.status !== 202) throw new Error(`spawn was answered ${answer.status}: ${answer.text}`);
    return answer.json<AcceptedBatchView>();
  }

  async session(id: string): Promise<SessionView> {
    return (await this.rest(`/api/agents/sessions/${id}`)).json<SessionView>();
  }

  async sessions(): Promise<SessionView[]> {
    const answer = await this.rest("/api/agents/sessions?limit=1000");
    return answer.json<SessionListView>().sessions.toReversed();
  }

  untilEnded(ids: readonly string[], withinMs = 30_000): Promise<SessionView[]> {
    return until(
      () => Promise.all(ids.map((id) => this.session(id))),
      (sessions) => sessions.every((session) => session.ended_at !== null),
      withinMs,
    );
  }

  async close(): Promise<void> {
    const left = await this.endDaemon();
    await this.model.close();
    rmSync(this.root, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`Still running after profclaw down:\n${left.join("\n")}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private startArgv(argv: readonly [string, ...string[]], options: RunOptions): Program {
    const env = withoutEmpty({ ...this.env, ...options.env });
    return startProgram({ argv, env, cwd: options.cwd ?? this.workspace, withinMs: options.withinMs });
  }

  private async stopAll(): Promise<void> {
    const token = this.token();
    const path = "/api/agents/sessions";
    const live = await this.rest(`${path}?status=queued,running,waiting&limit=1000`, { token });
    const ids = live.json<SessionListView>().sessions.map(({ id }) => id);
    await Promise.all(ids.map((id) => this.rest(`${path}/${id}/cancel`, { token, body: {} })));
  }

  /** Ends the daemon as a person would; then by its id. Answers what outlived even `profclaw down`. */
  private async endDaemon(): Promise<string[]> {
    const path = join(this.state, "daemon.json");
    if (existsSync(path)) {
      const { pid } = this.discovery();
      // A stop gives hanging calls seven seconds; these tests have seen enough by now.
      await this.run(["agent", "stop", "--all"], { env: { PROFCLAW_NO_AUTOSTART: "1" } }).catch(
        () => undefined,
      );
      await this.run(["down"]).catch(() => undefined);
      if (isAlive(pid))
        await until(
          () => isAlive(pid),
          (alive) => !alive,
          2_000,
        ).catch(() => killHard(pid));
    }
    const left = await until(
      () => findProcesses(this.root),
      (found) => found.length === 0,
      3_000,
    ).catch(() => findProcesses(this.root));
    for (const { pid } of left) killHard(pid);
    return left.map(({ pid, command }) => `${pid} ${command}`);
  }
}

async function finish(program: Program, { input }: RunOptions): Promise<ProgramEnd> {
  if (input !== undefined) program.write(input);
  program.endInput();
  return program.ended;
}

/** Built from nothing, so that no key and no daemon of the person who runs the tests is near. */
function toBaseEnv(root: string, model: ModelServer): Record<string, string> {
  const path = [join(root, "bin"), dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
  return {
    PATH: path,
    HOME: join(root, "home"),
    PROFCLAW_HOME: join(root, "state"),
    LANG: "C.UTF-8",
    ANTHROPIC_API_KEY: "test-key",
    ANTHROPIC_BASE_URL: model.anthropicUrl,
    OPENAI_API_KEY: "test-key",
    OPENAI_BASE_URL: model.openaiUrl,
    GROQ_API_KEY: "test-key",
    GROQ_BASE_URL: model.groqUrl,
    // An Ollama of the person who runs the tests stays out of them.
    OLLAMA_HOST: "127.0.0.1:9",
    MY_LLM_API_KEY: "test-key",
    MY_LLM_BASE_URL: model.openaiUrl,
    PROFCLAW_RETRY_DEADLINE_MS: "1000",
    // Should a test be killed before it can tidy up, its daemon does not stay for long.
    PROFCLAW_IDLE_EXIT_MS: "60000",
  };
}

function withoutEmpty(env: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
}
