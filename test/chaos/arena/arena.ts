import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Plan, toTask } from "../model/plan.ts";
import type { BuildCopy } from "./copy-build.ts";
import { type DaemonAnswer, type DaemonCall, callDaemon } from "./call-daemon.ts";
import { type Daemon, launchDaemon } from "./daemon.ts";
import { type ModelLink, startModel } from "./model-link.ts";
import { endProcess, findProcesses } from "./processes.ts";

/** What a session is asked for beside its plan. */
export interface SpawnWish {
  tools?: string[];
  max_turns?: number;
  max_output_tokens?: number;
  timeout?: number;
  schema?: Record<string, unknown>;
}

export interface ArenaOptions {
  build: BuildCopy;
  /** On top of the arena's own. */
  env?: Record<string, string>;
  /** Where the state folder is; default: inside the arena. */
  home?: string;
  /** Instead of the model itself: a proxy before it. */
  modelUrl?(url: string): Promise<string>;
}

/** A request but for where it goes. */
export type ArenaCall = Pick<DaemonCall, "method" | "body" | "headers" | "withinMs">;

/** A state folder, a workspace, an effect file and a scripted model of their own. Dispose of it. */
export interface Arena extends AsyncDisposable {
  root: string;
  home: string;
  database: string;
  effectFile: string;
  workspace: string;
  model: ModelLink;
  /** Plans that the daemon has accepted: it answered 2xx. */
  readonly accepted: Plan[];
  /** Ids that it has given for them. */
  readonly acceptedIds: string[];
  /** Date.now() of each death of a daemon that was seen. */
  readonly deaths: number[];
  launch(change?: { env?: Record<string, string>; script?: string }): Daemon;
  /** One request to the daemon that is up now. */
  call(path: string, call?: ArenaCall): Promise<DaemonAnswer>;
  json<Value>(path: string): Promise<Value>;
  /** Spawns under one idempotency key, again and again until it is accepted, whatever dies meanwhile. */
  submit(plans: readonly Plan[], wish?: SpawnWish): Promise<string[]>;
  /** The same once, with the answer's status. */
  trySubmit(plans: readonly Plan[], wish?: SpawnWish): Promise<DaemonAnswer>;
}

const retryPauseMs = 40;
// sysexits.h EX_TEMPFAIL: another daemon has the state folder.
const exitLockHeld = 75;

export async function createArena(options: ArenaOptions): Promise<Arena> {
  const root = mkdtempSync(join(tmpdir(), "profclaw-chaos-"));
  const workspace = join(root, "workspace");
  for (const name of ["home", "workspace"]) mkdirSync(join(root, name));
  writeFileSync(join(workspace, "notes.txt"), "a note\n");
  const model = await startModel(join(root, "effects.log"));
  const url = (await options.modelUrl?.(model.url)) ?? model.url;
  return new RealArena({ ...options, root, model, url });
}

class RealArena implements Arena {
  readonly root: string;
  readonly home: string;
  readonly database: string;
  readonly effectFile: string;
  readonly workspace: string;
  readonly model: ModelLink;
  readonly accepted: Plan[] = [];
  readonly acceptedIds: string[] = [];
  readonly deaths: number[] = [];
  private readonly env: Record<string, string>;
  private readonly build: BuildCopy;
  private readonly daemons: Daemon[] = [];
  private keys = 0;
  private isClosed = false;

  constructor({
    root,
    model,
    build,
    env,
    home,
    url,
  }: ArenaOptions & { root: string; model: ModelLink; url: string }) {
    this.root = root;
    this.home = home ?? join(root, "state");
    this.database = join(this.home, "profclaw.db");
    this.effectFile = join(root, "effects.log");
    this.workspace = join(root, "workspace");
    this.model = model;
    this.build = build;
    this.env = { ...toBaseEnv(root, url), PROFCLAW_HOME: this.home, ...env };
  }

  launch({ env, script }: { env?: Record<string, string>; script?: string } = {}): Daemon {
    const daemon = launchDaemon({
      script: script ?? this.build.daemon,
      env: { ...this.env, ...env },
      cwd: this.workspace,
      logFile: join(this.root, "daemon.log"),
      socketPath: this.socketPath(),
    });
    this.daemons.push(daemon);
    void this.noteDeath(daemon);
    return daemon;
  }

  call(path: string, call: ArenaCall = {}): Promise<DaemonAnswer> {
    return callDaemon({ ...call, path, socketPath: this.socketPath(), token: this.token() });
  }

  async json<Value>(path: string): Promise<Value> {
    const { status, text } = await this.call(path);
    if (status !== 200) throw new Error(`GET ${path} was answered ${status}: ${text.slice(0, 500)}`);
    return JSON.parse(text) as Value;
  }

  async submit(plans: readonly Plan[], wish: SpawnWish = {}): Promise<string[]> {
    const body = this.toBody(plans, wish);
    for (;;) {
      const answer = await this.call("/api/agents/sessions", { body }).catch(() => undefined);
      if (answer?.status === 202) return this.note(plans, answer);
      if (answer !== undefined && answer.status < 500) {
        throw new Error(`a spawn was answered ${answer.status}: ${answer.text}`);
      }
      if (this.isClosed) throw new Error("the arena was closed before a spawn was accepted");
      await sleep(retryPauseMs);
    }
  }

  async trySubmit(plans: readonly Plan[], wish: SpawnWish = {}): Promise<DaemonAnswer> {
    const answer = await this.call("/api/agents/sessions", { body: this.toBody(plans, wish) });
    if (answer.status === 202) this.note(plans, answer);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    for (const daemon of this.daemons) if (daemon.end === null) await daemon.kill();
    for (const seen of findProcesses(this.root)) endProcess(seen);
    await this.model[Symbol.asyncDispose]();
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }

  private async noteDeath(daemon: Daemon): Promise<void> {
    const { at, exitCode } = await daemon.ended;
    // One that found another's lock never had a session.
    if (exitCode !== exitLockHeld) this.deaths.push(at);
  }

  private note(plans: readonly Plan[], answer: DaemonAnswer): string[] {
    const { sessions } = JSON.parse(answer.text) as { sessions: { id: string }[] };
    const ids = sessions.map(({ id }) => id);
    this.accepted.push(...plans);
    this.acceptedIds.push(...ids);
    return ids;
  }

  private toBody(plans: readonly Plan[], wish: SpawnWish): Record<string, unknown> {
    this.keys += 1;
    const fixed = { provider: "anthropic", model: "claude-sonnet-4-6", permission_mode: "full" };
    return {
      sessions: plans.map((plan) => ({ task: toTask(plan), ...fixed, ...wish })),
      idempotency_key: `chaos-${this.keys}`,
    };
  }

  private socketPath(): string {
    return join(this.home, "daemon.sock");
  }

  private token(): string {
    const path = join(this.home, "token");
    return existsSync(path) ? readFileSync(path, "utf8").trim() : "";
  }
}

/** Built from nothing: no key and no daemon of the person who runs it is near. */
function toBaseEnv(root: string, modelUrl: string): Record<string, string> {
  return {
    PATH: [dirname(process.execPath), process.env["PATH"] ?? ""].join(":"),
    HOME: join(root, "home"),
    LANG: "C.UTF-8",
    ANTHROPIC_API_KEY: "chaos-key",
    ANTHROPIC_BASE_URL: modelUrl,
    POOL_MAX_CONCURRENT: "16",
    PROFCLAW_RETRY_DEADLINE_MS: "60000",
    // Should the suite itself be killed, its daemon does not stay for long.
    PROFCLAW_IDLE_EXIT_MS: "60000",
  };
}
