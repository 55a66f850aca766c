import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { readUserConfig } from "../config/file/read-config.ts";
import { toWebhooks } from "../config/file/to-webhooks.ts";
import { parseWebhookSettings } from "../config/webhook-settings.ts";
import { operations } from "../contract/operations.ts";
import { systemClock } from "../core/clock.ts";
import { createDeferred } from "../core/deferred.ts";
import type { SessionId } from "../core/id.ts";
import type { StartEnd } from "../engine/abort-end.ts";
import type { WebhookTarget } from "../core/webhook.ts";
import { followTexts } from "../engine/follow-texts.ts";
import { startWebhooks } from "../engine/webhooks/start-webhooks.ts";
import { implementOperations, implementStreams } from "../operations/implement.ts";
import type { OperationParts } from "../operations/parts.ts";
import { type RunningServer, startServer } from "../server/start-server.ts";
import { findCommandSession } from "../sandbox/running-commands.ts";
import type { SqliteStore } from "../store/sqlite/sqlite-store.ts";
import type { Store } from "../store/store.ts";
import { type TokenBook, openTokenBook } from "./admin-token.ts";
import { findPortsToKeep, settlePorts } from "./agent-ports.ts";
import { openStore } from "./open-store.ts";
import { toFailpointStep } from "./arm-failpoints.ts";
import { type ComposedDaemon, type DaemonSetting, composeDaemon } from "./compose.ts";
import { readQuarantined, watchForCrash } from "./crash-watch.ts";
import { removeDiscovery, writeDiscovery } from "./discovery.ts";
import { exitCodes } from "./exit-codes.ts";
import { createIdleWatch } from "./idle-watch.ts";
import { createLazyMcp } from "./lazy-mcp.ts";
import { toTraceText } from "./log/trace-text.ts";
import { watchLoop } from "./loop-watch.ts";
import { toNotices, toRecoveryLines } from "./recovery-text.ts";
import type { Tracing } from "./tracing/open-tracing.ts";
import { startTracing } from "./tracing/start-tracing.ts";
import { toStoreLoss } from "./store-loss.ts";
import { createWorktreeTidier } from "./tidy-worktrees.ts";
import { startUpkeep, tidyAgentRuns } from "./upkeep.ts";
import { withTouch } from "./with-touch.ts";

export interface DaemonRun extends DaemonSetting {
  /** The store, where it is being opened already. */
  opening?: Promise<SqliteStore>;
  listen: { port: number; hosts: readonly string[]; fallbackToFreePort: boolean };
  /** Ends after so long without use; null: never. */
  idleExitMs: number | null;
  /** Called once it serves. */
  onReady(parts: OperationParts): void;
  /** Aborted by SIGTERM and SIGINT. */
  stop: AbortSignal;
  /** Ends the process at once. */
  exit(code: number): never;
}

// Together under the ten seconds that a stop may take.
const drainMs = 7_000;
const closeMs = 500;
const lettingGoMs = 2_000;
const lastSpansMs = 1_000;

/**
 * Runs a daemon on a state folder whose lock is held, until it is stopped or idle, or its store is lost.
 * Resolves with the exit code when all is closed. Should a later daemon take over, it ends the process:
 * closing its servers would take the socket away from the other one.
 */
export async function runDaemon(run: DaemonRun): Promise<number> {
  // Before the store is open: its thread would outlive a refusal.
  const arm = toFailpointStep(run.env);
  try {
    const opened = await (run.opening ?? openStore(run.paths));
    if (opened.healed !== null)
      for (const line of toRecoveryLines(opened.healed)) run.log(line, { level: "error" });
    return await runOnStore(run, opened, arm(opened));
  } catch (error) {
    const loss = toStoreLoss(error);
    if (loss === null) throw error;
    run.log(loss.text, { level: "error" });
    return loss.exitCode;
  }
}

async function runOnStore(run: DaemonRun, opened: SqliteStore, store: Store): Promise<number> {
  const stopped = createDeferred<null>();
  const stop = (): void => stopped.resolve(null);
  run.stop.addEventListener("abort", stop, { once: true });
  const { log } = run;
  let lostPorts: readonly string[] = [];
  const notices = (): string[] => [...toNotices(opened.recoveries, systemClock.now()), ...lostPorts];
  const token = openTokenBook(run.paths.token);
  run.secrets.add(() => [token.current().text]);
  let server: RunningServer | undefined;
  const tracing = await startTracing(run, store);
  using loop = watchLoop(log);
  const parts = composeDaemon(run, store, {
    notices,
    loopDelay: () => loop.read(),
    port: () => server?.port ?? null,
    urls: () => server?.urls ?? [],
    rotateToken: () => token.rotate(),
    tracing,
    // The answer to the one who asked goes out first.
    stop: () => void sleep(20).then(stop),
  });
  using idle = createIdleWatch(systemClock, {
    hasWork: () =>
      parts.flows.count() > 0 || Object.values(parts.engine.poolState()).some((count) => count > 0),
    afterMs: run.idleExitMs ?? Number.POSITIVE_INFINITY,
    onIdle: stop,
  });
  using crashes = watchForCrash(run, () => parts.engine.sessionsInSlot());
  try {
    const alsoPorts = await findPortsToKeep(run.paths.agentPorts, run.listen.port, parts.engineParts);
    server = await serveParts(run, parts, { token, touch: () => idle.touch(), alsoPorts });
    const asked = { kept: alsoPorts, wished: run.listen.port, server };
    lostPorts = await settlePorts(run.paths.agentPorts, asked, parts.engineParts);
    for (const text of lostPorts) log(text, { level: "warn" });
    await parts.engine.recover(await readEnds(run, opened));
    await parts.flows.recover();
    announce(run, { server, notices: notices() });
    run.onReady(parts);
    await using _chores = startChores(run, parts, opened);
    const lost = await Promise.race([stopped.promise, opened.lost]);
    if (lost === null) return exitCodes.stopped;
    crashes[Symbol.dispose]();
    return await leaveLostStore(run, parts, lost);
  } finally {
    await letGo(run, { parts, server, tracing });
    await store.close();
  }
}

/** What goes on beside the sessions: telling of them, searching them, and keeping the folder in order. */
function startChores(run: DaemonRun, parts: ComposedDaemon, opened: SqliteStore): AsyncDisposable {
  const { engine, engineParts } = parts;
  const { log } = run;
  const webhooks = startWebhooks({ ...engineParts, targets: readWebhooks(run), random: () => Math.random() });
  const tidyWorktrees = createWorktreeTidier(engineParts, { clock: systemClock, log });
  const { external } = engineParts;
  const setting = { ...run.paths, store: opened, clock: systemClock, log, tidyWorktrees, external };
  const upkeep = startUpkeep(setting);
  void tidyAgentRuns(setting).catch((error: unknown) => log(`agents: ${String(error)}`, { level: "error" }));
  const index = followTexts({ ...engineParts, isBusy: () => engine.sessionsInSlot().length > 0, log });
  return {
    async [Symbol.asyncDispose]() {
      index[Symbol.dispose]();
      upkeep[Symbol.dispose]();
      await webhooks[Symbol.asyncDispose]();
    },
  };
}

/** Sessions stop where they can go on, the doors close, and what was seen is sent. */
async function letGo(
  run: DaemonRun,
  left: { parts: ComposedDaemon; server: RunningServer | undefined; tracing: Tracing | null },
): Promise<void> {
  const { parts, server, tracing } = left;
  // What is being compiled when the process ends may keep it from that (nodejs/node#54918).
  for (const flag of ["--no-opt", "--no-maglev"]) setFlagsFromString(flag);
  removeDiscovery(run.paths.discovery, process.pid);
  const closing = server?.close(closeMs);
  parts.flows.close();
  // A write that waits for room on the disk is not waited for.
  await Promise.race([parts.engine.drain(drainMs), pass(drainMs + closeMs)]);
  await closing;
  if (tracing !== null) await sendLastSpans(run, tracing);
}

/** A collector that hangs does not keep the daemon: what it was sent goes with the process. */
async function sendLastSpans(run: DaemonRun, tracing: Tracing): Promise<void> {
  const sent = tracing.close().then(() => "sent" as const);
  if ((await Promise.race([sent, pass(lastSpansMs)])) === "sent") return;
  const end = (): void => run.exit(Number(process.exitCode ?? exitCodes.stopped));
  // Not held up by this: it rings only where an open connection keeps the process.
  setTimeout(end, lettingGoMs / 4).unref();
}

/** Of the environment and of the person's file. */
function readWebhooks({ env, paths, secrets }: DaemonRun): WebhookTarget[] {
  const targets = [...parseWebhookSettings(env), ...toWebhooks(readUserConfig(paths.userConfig).values)];
  secrets.add(() => targets.map(({ secret }) => secret));
  return targets;
}

/** Sessions that must not go on: they brought a daemon down twice, or their last steps were lost. */
async function readEnds(run: DaemonRun, opened: SqliteStore): Promise<Map<SessionId, StartEnd>> {
  const lost = opened.recoveries.flatMap(({ interruptedIds }) => interruptedIds);
  const quarantined = await readQuarantined(run.paths.home, opened);
  return new Map<SessionId, StartEnd>([
    ...lost.map((id) => [id, "lost"] as const),
    ...[...quarantined].map((id) => [id, "quarantined"] as const),
  ]);
}

/** Nothing can be written any more: sessions are let go of, their commands killed, and what they throw is no news. */
async function leaveLostStore(run: DaemonRun, parts: OperationParts, error: Error): Promise<number> {
  const loss = toStoreLoss(error) ?? {
    exitCode: exitCodes.storeDied,
    text: `${error.message} ${error.cause instanceof Error ? error.cause.message : ""} The daemon ends.`,
  };
  for (const kind of ["uncaughtException", "unhandledRejection"]) process.on(kind, () => undefined);
  run.log(loss.text, { level: "error" });
  await Promise.race([parts.engine.drain(0), pass(lettingGoMs)]);
  if (loss.exitCode === exitCodes.replaced) run.exit(loss.exitCode);
  return loss.exitCode;
}

/** Time that passes without keeping the process alive: an end that came sooner is not held up. */
function pass(ms: number): Promise<void> {
  return sleep(ms, undefined, { ref: false });
}

function serveParts(
  run: DaemonRun,
  parts: ComposedDaemon,
  { token, touch, alsoPorts }: { token: TokenBook; touch: () => void; alsoPorts: readonly number[] },
): Promise<RunningServer> {
  const handlers = withTouch(implementOperations(parts), touch);
  const logBug = (errorId: string, error: unknown): void =>
    run.log(`error ${errorId}: ${toTraceText(error)}`, { level: "error" });
  return startServer({
    operations,
    handlers,
    streams: implementStreams(parts),
    adminToken: () => token.current(),
    socketPath: run.paths.socket,
    listen: run.listen,
    alsoPorts,
    version: run.version,
    sessionOfCommand: findCommandSession,
    sessionOfToken: (text) => parts.engineParts.tokens.findSession(text),
    health: () => ({ ready: true, reason: null }),
    metrics: () => parts.renderMetrics(),
    log: ({ errorId, error }) => logBug(errorId, error),
    mcp: createLazyMcp({ handlers, version: run.version, logBug }),
  });
}

function announce(run: DaemonRun, facts: { server: RunningServer; notices: string[] }): void {
  writeDiscovery(run.paths.discovery, {
    pid: process.pid,
    started_at: new Date(systemClock.now()).toISOString(),
    port: facts.server.port,
    version: run.version,
    notices: facts.notices,
  });
}
