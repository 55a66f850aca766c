import { availableParallelism } from "node:os";
import { parseDaemonSettings } from "../config/daemon-settings.ts";
import { type Env, toHome } from "../config/environment.ts";
import { parseBudgetSettings } from "../config/budget-settings.ts";
import { parsePoolSettings } from "../config/pool-settings.ts";
import type { StatePaths } from "../config/paths.ts";
import type { CallGate } from "../core/call-gate.ts";
import { systemClock } from "../core/clock.ts";
import { randomId } from "../core/id.ts";
import type { Log } from "../core/log.ts";
import { createAllowanceWitness } from "../engine/allowance-witness.ts";
import { type Witness, joinWitnesses } from "../engine/witness.ts";
import { createEngine } from "../engine/engine.ts";
import { openFlows } from "./open-flows.ts";
import type { EngineParts } from "../engine/engine-parts.ts";
import { createCell } from "./cell.ts";
import { createRoleBook } from "../engine/role-book.ts";
import { createHub } from "../engine/hub.ts";
import { onWallClock } from "../engine/on-wall-clock.ts";
import { createExternalParts } from "./external-parts.ts";
import { createMcpParts } from "./mcp-parts.ts";
import { createRuleBook } from "../engine/rule-book.ts";
import { createTokenDesk } from "../engine/token-desk.ts";
import type { TrustBook } from "../engine/trust-book.ts";
import { createBudgetGate } from "../ledger/budget-gate.ts";
import { type Ledger, createLedger } from "../ledger/open-ledger.ts";
import { createMailBell } from "../mailbox/mail-bell.ts";
import type { OperationParts } from "../operations/parts.ts";
import { createProviderCatalog } from "../providers/catalog.ts";
import { findContextWindow } from "../providers/context-window.ts";
import { priceAtMost } from "../providers/price-at-most.ts";
import { defaultLevel } from "../policy/levels.ts";
import type { AgentParts } from "../runners/agent/agent-run.ts";
import { createAgentRunner } from "../runners/agent/agent-runner.ts";
import type { Runner } from "../runners/runner.ts";
import type { Store } from "../store/store.ts";
import { type ToolRegistry, createToolRegistry } from "../tools/registry.ts";
import { type LiveSettings, openLiveSettings } from "./live-settings.ts";
import type { LoopDelay } from "./loop-watch.ts";
import { openMetrics } from "./metrics/open-metrics.ts";
import { createModelParts } from "./model-parts.ts";
import { openGovernor } from "./open-governor.ts";
import { createLogWitness } from "./log/session-lines.ts";
import type { SecretBook } from "./log/secret-book.ts";
import type { Tracing } from "./tracing/open-tracing.ts";
import { createPolicyParts } from "./policy-parts.ts";
import { readMemory } from "./read-memory.ts";

/** What a daemon is made from. */
export interface DaemonSetting {
  paths: StatePaths;
  env: Env;
  cwd: string;
  version: string;
  log: Log;
  /** It learns every key that comes. */
  secrets: SecretBook;
}

/** What the daemon's outer side brings. */
export interface DaemonEdge {
  port(): number | null;
  urls(): string[];
  notices?(): string[];
  loopDelay?(): LoopDelay;
  /** Answers the new one. */
  rotateToken(): string;
  tracing?: Tracing | null;
  stop(): void;
}

/** The use cases, and what is told beside them. */
export interface ComposedDaemon extends OperationParts {
  /** The answer of `/metrics`. */
  renderMetrics(): Promise<string>;
}

/** Puts engine and use cases together on an open store. Throws config-invalid for a wrong setting. */
export function composeDaemon(setting: DaemonSetting, store: Store, edge: DaemonEdge): ComposedDaemon {
  const { paths } = setting;
  const live = openLiveSettings(setting.env, paths.userConfig);
  const { env, credentials } = live;
  setting.secrets.add(() => credentials.names().flatMap((name) => credentials.get(name)?.apiKey ?? []));
  let pool = parsePoolSettings(env);
  const { governor, rates } = openGovernor(env, credentials, () => pool.maxConcurrent);
  const tools = createToolRegistry();
  const metrics = openMetrics(setting.secrets.redact, (name) => tools.find(name) !== undefined);
  const traced = edge.tracing ? [edge.tracing.witness] : [];
  const witness = joinWitnesses([metrics.witness, createLogWitness(setting.log), ...traced]);
  const engineParts = createEngineParts(setting, store, {
    live,
    governor,
    tools,
    urls: () => edge.urls(),
    places: () => pool.maxConcurrent,
    sight: { witness, ...(edge.tracing ? { traceOf: edge.tracing.traceOf } : {}) },
  });
  const engine = createEngine(engineParts, pool.maxConcurrent);
  const daemon = describeDaemon(setting, edge);
  return {
    engine,
    engineParts,
    flows: openFlows(setting, engine, engineParts),
    clock: systemClock,
    pool: {
      get: () => pool,
      set(next) {
        pool = next;
        engine.resize(next.maxConcurrent);
      },
    },
    rates,
    config: live.control,
    shellPath: createCell(env["PATH"] ?? null),
    daemon,
    rotateToken: () => ({ token: edge.rotateToken(), path: paths.token }),
    stop: () => edge.stop(),
    renderMetrics: () =>
      metrics.render({
        engine,
        daemon,
        poolSize: () => pool.maxConcurrent,
        lanes: () => governor.standings(),
        elapsedMs: () => systemClock.elapsedMs(),
      }),
  };
}

function describeDaemon({ version, paths, cwd }: DaemonSetting, edge: DaemonEdge): OperationParts["daemon"] {
  return {
    version,
    pid: process.pid,
    startedAt: systemClock.now(),
    home: paths.home,
    cwd,
    port: () => edge.port(),
    urls: () => edge.urls(),
    notices: () => edge.notices?.() ?? [],
    loopDelay: () => edge.loopDelay?.() ?? { p50: 0, p99: 0, max: 0 },
    rssBytes: () => process.memoryUsage.rss(),
  };
}

const random = (): number => Math.random();

function createBudgets(ledger: Ledger): CallGate {
  return createBudgetGate({ openBook: () => ledger.openBook(), clock: systemClock, priceAtMost, random });
}

/** What stands for what a request leaves out. */
function createPreferences(
  live: LiveSettings,
  trust: TrustBook,
): Pick<EngineParts, "roles" | "defaultLevel"> {
  return {
    roles: createRoleBook({ home: toHome(live.env), configured: () => live.roles(), trust }),
    defaultLevel: () => live.defaultLevel() ?? defaultLevel,
  };
}

function createRunner(
  parts: Pick<AgentParts, "catalog" | "tools" | "gates" | "mcp">,
  settings: ReturnType<typeof parseDaemonSettings>,
): Runner {
  return createAgentRunner({
    ...parts,
    clock: systemClock,
    random,
    faultPatienceMs: settings.faultPatienceMs,
    approvalMs: settings.approvalMs,
    contextWindow: async (provider, model) =>
      Math.min(await findContextWindow(provider, model), settings.contextTokens ?? Infinity),
  });
}

function joinLookers(first: Witness | undefined, others: readonly Witness[]): Witness {
  return joinWitnesses([...(first === undefined ? [] : [first]), ...others]);
}

interface EngineSetting {
  live: LiveSettings;
  governor: CallGate;
  tools: ToolRegistry;
  urls: () => string[];
  places: () => number;
  sight: Pick<EngineParts, "witness" | "traceOf">;
}

function createEngineParts(
  setting: DaemonSetting,
  store: Store,
  { live, governor, tools, sight, urls, places }: EngineSetting,
): EngineParts {
  const { paths, version } = setting;
  const { env, credentials } = live;
  const settings = parseDaemonSettings(env);
  const catalog = createProviderCatalog({ credentials, version, preference: () => live.preference() });
  const policyParts = createPolicyParts(paths, tools);
  const mcp = createMcpParts(setting, live, policyParts.trust);
  const tokens = createTokenDesk(store, paths.home);
  const ledger = createLedger({
    store,
    clock: systemClock,
    limits: parseBudgetSettings(env),
    log: setting.log,
    places,
  });
  const bell = createMailBell();
  const gates = [onWallClock(governor, systemClock), createBudgets(ledger)];
  const runners = new Map([["builtin", createRunner({ catalog, tools, gates, mcp: mcp.hub }, settings)]]);
  const toldBudgets = createAllowanceWitness(ledger, (agent) => runners.has(agent));
  return {
    store,
    clock: systemClock,
    newId: randomId,
    hub: createHub(),
    bell,
    runners,
    external: createExternalParts(paths, { live, bell, ledger, urls, mcp }),
    ...createModelParts(catalog, credentials),
    providerLimit: (provider) => live.providerLimit(provider),
    tokens,
    ruleBook: createRuleBook(store),
    ...policyParts,
    ledger,
    tools,
    mcp: mcp.book,
    ...createPreferences(live, policyParts.trust),
    protectedPaths: [paths.home],
    mostStarting: settings.agentStarts ?? availableParallelism(),
    memory: { readMemory, limitBytes: settings.memoryLimitBytes },
    path: env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
    log: setting.log,
    ...sight,
    witness: joinLookers(sight.witness, [mcp.witness, toldBudgets]),
  };
}
