import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolvePaths } from "../../../src/config/paths.ts";
import type { CallContext, Handlers, Streams } from "../../../src/contract/implement.ts";
import type { NewSessionInput } from "../../../src/contract/session-operations.ts";
import type { SessionView } from "../../../src/contract/shapes.ts";
import { systemClock } from "../../../src/core/clock.ts";
import { composeDaemon } from "../../../src/daemon/compose.ts";
import { createSecretBook } from "../../../src/daemon/log/secret-book.ts";
import { prepareStateFolder } from "../../../src/daemon/state-folder.ts";
import { implementOperations, implementStreams } from "../../../src/operations/implement.ts";
import type { OperationParts } from "../../../src/operations/parts.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open-sqlite-store.ts";
import type { Store } from "../../../src/store/store.ts";
import type { ModelScript } from "../model-server/reply.ts";
import { type ModelServer, startModelServer } from "../model-server/start-model-server.ts";

/** Store, engine and use cases as a daemon has them, without sockets, beside a scripted model. */
export interface InProcessDaemon {
  model: ModelServer;
  home: string;
  /** An empty folder that sessions work in. */
  workspace: string;
  parts: OperationParts;
  store: Store;
  handlers: Handlers;
  streams: Streams;
  logs: string[];
  /** Spawns and answers the ids, in order. */
  spawn(sessions: Partial<NewSessionInput>[], more?: { timeout?: number }): Promise<string[]>;
  /** Resolves when all have ended. */
  untilEnded(ids: readonly string[], withinMs?: number): Promise<SessionView[]>;
  /** Resolves when the session's view satisfies the condition. */
  until(id: string, condition: (view: SessionView) => boolean, withinMs?: number): Promise<SessionView>;
  /** As if the process had been killed: nothing is told, nothing is drained. Opens a new one on the same state. */
  crash(env?: Record<string, string>): Promise<void>;
  close(): Promise<void>;
}

export const admin: CallContext = {
  caller: { kind: "admin" },
  signal: new AbortController().signal,
  recheckCaller: () => Promise.resolve(),
};

export async function startInProcessDaemon(
  script: ModelScript,
  env: Record<string, string> = {},
): Promise<InProcessDaemon> {
  const folder = mkdtempSync(join(tmpdir(), "profclaw-engine-"));
  const model = await startModelServer({ script });
  const workspace = mkdtempSync(join(folder, "workspace-"));
  const daemon = new TestDaemon({ folder, workspace, model, env });
  await daemon.open();
  return daemon;
}

interface TestSetting {
  folder: string;
  workspace: string;
  model: ModelServer;
  env: Record<string, string>;
}

class TestDaemon implements InProcessDaemon {
  readonly logs: string[] = [];
  readonly home: string;
  readonly workspace: string;
  readonly model: ModelServer;
  parts!: OperationParts;
  store!: Store;
  handlers!: Handlers;
  streams!: Streams;
  private readonly setting: TestSetting;
  private readonly left: Store[] = [];

  constructor(setting: TestSetting) {
    this.setting = setting;
    this.home = join(setting.folder, "home");
    this.workspace = setting.workspace;
    this.model = setting.model;
  }

  async open(more: Record<string, string> = {}): Promise<void> {
    const env = {
      PROFCLAW_HOME: this.home,
      PATH: process.env["PATH"] ?? "",
      ANTHROPIC_API_KEY: "test-key",
      ANTHROPIC_BASE_URL: this.model.anthropicUrl,
      PROFCLAW_RETRY_DEADLINE_MS: "3000",
      ...this.setting.env,
      ...more,
    };
    const paths = resolvePaths(env);
    prepareStateFolder(paths);
    this.store = await openSqliteStore({
      path: paths.database,
      artifactsPath: paths.artifacts,
      clock: systemClock,
    });
    this.parts = composeDaemon(
      {
        paths,
        env,
        cwd: this.workspace,
        version: "0.0.0",
        log: (text) => this.logs.push(text),
        secrets: createSecretBook(env),
      },
      this.store,
      { port: () => null, urls: () => [], rotateToken: () => "", stop: () => undefined },
    );
    this.handlers = implementOperations(this.parts);
    this.streams = implementStreams(this.parts);
    await this.parts.engine.recover();
  }

  async spawn(sessions: Partial<NewSessionInput>[], more: { timeout?: number } = {}): Promise<string[]> {
    const filled = sessions.map((session) => ({ task: "do it", provider: "anthropic", ...session }));
    const view = await this.handlers.createSessions({ sessions: filled, ...more }, admin);
    return view.sessions.map(({ id }) => id);
  }

  untilEnded(ids: readonly string[], withinMs = 10_000): Promise<SessionView[]> {
    return Promise.all(ids.map((id) => this.until(id, (view) => view.ended_at !== null, withinMs)));
  }

  async until(
    id: string,
    condition: (view: SessionView) => boolean,
    withinMs = 10_000,
  ): Promise<SessionView> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const view = await this.handlers.getSession({ id }, admin);
      if (condition(view)) return view;
      if (Date.now() > deadline)
        throw new Error(`still ${view.status} (${view.reason}): ${JSON.stringify(view)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async crash(env: Record<string, string> = {}): Promise<void> {
    this.left.push(this.store);
    await this.open(env);
  }

  async close(): Promise<void> {
    await this.parts.engine.drain(0);
    for (const store of [...this.left, this.store]) await store.close();
    await this.model.close();
    rmSync(this.setting.folder, { recursive: true, force: true });
  }
}
