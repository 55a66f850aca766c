import { join } from "node:path";
import { isKnownAgent } from "../config/agent-entries.ts";
import { toHome } from "../config/environment.ts";
import { parseDaemonSettings } from "../config/daemon-settings.ts";
import type { StatePaths } from "../config/paths.ts";
import { knownProviders } from "../core/known-providers.ts";
import { systemClock } from "../core/clock.ts";
import type { StartNeed } from "../engine/agent-admission.ts";
import type { EngineParts, ExternalAgents } from "../engine/engine-parts.ts";
import { isProviderReady } from "../providers/is-provider-ready.ts";
import type { AcpCredentials } from "../runners/external/acp/acp-credentials.ts";
import { type AgentBook, type KnownAgent, createAgentBook } from "../runners/external/agent-book.ts";
import type { ExternalParts } from "../runners/external/agent-program.ts";
import { toFound, toLaunched } from "../runners/external/agent-fallback.ts";
import type { ClaudeParts } from "../runners/external/claude/claude-driver.ts";
import type { SurroundingParts } from "../runners/external/claude/claude-surroundings.ts";
import type { CodexParts } from "../runners/external/codex/codex-place.ts";
import { forgetThreads } from "../runners/external/codex/forget-threads.ts";
import { hasCodexLogin } from "../runners/external/codex/codex-login.ts";
import type { ExecAgent } from "../runners/external/exec-driver.ts";
import { hasClaudeLogin } from "../runners/external/claude/claude-login.ts";
import { findUnfit } from "../runners/external/find-unfit.ts";
import { createParkedRuns } from "../runners/external/parked-runs.ts";
import { type MemoryBook, createMemoryBook } from "../runners/external/agent-memory.ts";
import { createVersionBook } from "../runners/external/probe-version.ts";
import { createExternalRunner } from "../runners/external/external-runner.ts";
import { createSharedPrograms } from "../sandbox/recorded/shared-programs.ts";
import type { LiveSettings } from "./live-settings.ts";
import { toPackagePath } from "../config/package-path.ts";

type Below = Pick<EngineParts, "bell" | "ledger"> & {
  live: Pick<LiveSettings, "agents" | "credentials" | "env" | "preference">;
  /** Where the daemon answers, once it does. */
  urls: () => string[];
  mcp: { find: ClaudeParts["mcpServers"] };
};

const startMs = 5_000;
// A program of the user's own may be silent to its end, and most start in no time.
const ownStartMs = 300;

function toStartNeed(memory: MemoryBook, agent: KnownAgent | undefined, name: string): StartNeed {
  return { bytes: memory.needOf(name), startMs: agent?.isShipped === false ? ownStartMs : startMs };
}

/** The agents that are programs of their own, and what runs them. */
export function createExternalParts(
  { agents: runsFolder, codex: ownHome, sharedAgents }: Pick<StatePaths, "agents" | "codex" | "sharedAgents">,
  { live, bell, ledger, urls, mcp }: Below,
): ExternalAgents {
  const mcpUrl = (): string | null => urls().map((url) => `${url.replace(/\/$/, "")}/mcp`)[0] ?? null;
  const mcpServers: SurroundingParts["mcpServers"] = (cwd, agent) => mcp.find(cwd, agent);
  const homeOf = (id: string): string => join(runsFolder, id, "home");
  const book = createAgentBook({
    configured: () => toExecAgents(live),
    programOf: (name) => live.agents()[name]?.command[0],
    claude: toClaudeParts(live, { homeOf, mcpUrl, mcpServers }),
    codex: toCodexParts(live, { ownHome, mcpUrl, mcpServers }),
    acp: { mcpUrl, mcpServers, homeOf, bridge, credentials: toAcpCredentials(live) },
  });
  const allowances = (): ReturnType<typeof ledger.openAllowances> => ledger.openAllowances();
  const parked = createParkedRuns(runsFolder);
  const shared = createSharedPrograms(sharedAgents);
  const environmentOf: ExternalParts["environmentOf"] = (name) => live.agents()[name]?.env ?? {};
  const versions = createVersionBook(environmentOf);
  const memory = createMemoryBook((name) => live.agents()[name]);
  const runner = createExternalRunner({
    ...toDrivers(book),
    locate: (name, path) => book.find(name)?.locate(path),
    environmentOf,
    async findUnfit(name, path) {
      const agent = book.find(name);
      const unfit = agent === undefined ? null : await findUnfit(agent, versions, path);
      return unfit === null ? null : { code: unfit.code, detail: `${unfit.detail} ${unfit.hint}` };
    },
    runsFolder,
    clock: systemClock,
    bell,
    allowances,
    memory,
    parked,
    shared,
    approvalMs: parseDaemonSettings(live.env).approvalMs,
  });
  return {
    book,
    versions,
    startNeedOf: (name) => toStartNeed(memory, book.find(name), name),
    runner,
    parked,
    tidyShared: () => shared.tidy(),
    forgetThreads: (threads) => forgetOurs(live, { book, codexHome: ownHome }, threads),
    standIn: (path) => findStandIn(live, book, path),
  };
}

/** In the user's own folder nothing is deleted. */
function forgetOurs(
  { env, agents }: Below["live"],
  { book, codexHome }: { book: AgentBook; codexHome: string },
  threads: readonly string[],
): Promise<ReadonlySet<string>> {
  const path = env["PATH"] ?? "";
  const settings = agents()["codex"]?.env ?? {};
  const program = book.find("codex")?.locate(path);
  return forgetThreads({ codexHome, program, path, settings }, threads);
}

function toDrivers(book: AgentBook): Pick<ExternalParts, "driverOf" | "wireOf"> {
  return {
    driverOf(name, wire) {
      const agent = book.find(name);
      return agent === undefined ? undefined : toLaunched(agent, wire).driver;
    },
    async wireOf(name, path) {
      const agent = book.find(name);
      return agent === undefined ? undefined : (await toFound(agent, path)).wire;
    },
  };
}

/** Carries MCP to us, for an agent that can not do it over HTTP. */
const bridge = [process.execPath, toPackagePath("bin/profclaw.cjs"), "mcp"] as const;

function toAcpCredentials(live: Below["live"]): AcpCredentials {
  return { credential: (provider) => live.credentials.get(provider), home: () => toHome(live.env) };
}

function toClaudeParts(
  live: Below["live"],
  own: Pick<ClaudeParts, "homeOf"> & SurroundingParts,
): ClaudeParts {
  const parts: ClaudeParts = {
    credential: () => live.credentials.get("anthropic"),
    hasLogin: () => hasClaudeLogin(toHome(live.env)),
    userConfigDir: () => join(toHome(live.env), ".claude"),
    // With a login it has to be the user's: a copied login is lost when the other one is renewed.
    configDir: (id) => (parts.credential()?.apiKey === undefined ? parts.userConfigDir() : parts.homeOf(id)),
    ...own,
  };
  return parts;
}

function toCodexParts(
  live: Below["live"],
  own: Pick<CodexParts, "ownHome" | "mcpUrl" | "mcpServers">,
): CodexParts {
  const settings = (): Readonly<Record<string, string>> => live.agents()["codex"]?.env ?? {};
  const userHome = (): string =>
    settings()["CODEX_HOME"] || live.env["CODEX_HOME"] || join(toHome(live.env), ".codex");
  return {
    credential: () => live.credentials.get("openai"),
    hasLogin: () => hasCodexLogin(userHome()),
    settings,
    userHome,
    ...own,
  };
}

/** A logged-in agent, where no provider was chosen and none has a key. */
function findStandIn(
  { credentials, preference }: Below["live"],
  book: AgentBook,
  path: string,
): string | null {
  const { provider, model } = preference();
  const isKeyed = knownProviders.some((name) => name !== "ollama" && isProviderReady(credentials, name));
  if (provider !== undefined || model !== undefined || isKeyed) return null;
  const isHere = (name: string): boolean => {
    const agent = book.find(name);
    return agent?.locate(path) !== undefined && agent.isLoggedIn?.() === true;
  };
  return ["claude", "codex"].find(isHere) ?? null;
}

function toExecAgents(live: Pick<LiveSettings, "agents">): ExecAgent[] {
  const own = Object.entries(live.agents()).filter(([name]) => !isKnownAgent(name));
  return own.map(([name, { command, output, env, level }]) => ({
    name,
    command,
    output: output ?? "text",
    env: env ?? {},
    // A person's own program, which nothing here holds back: it runs where everything is allowed.
    level: level ?? "full",
  }));
}
