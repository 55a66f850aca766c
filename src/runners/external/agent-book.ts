import type { AgentWire } from "../../core/journal.ts";
import type { AgentWays } from "./agent-ways.ts";
import { type ClaudeParts, createClaudeDriver } from "./claude/claude-driver.ts";
import { claudeWays } from "./claude/claude-ways.ts";
import { checkClaudeModel } from "./claude/claude-models.ts";
import { toClaudeTool } from "./claude/claude-rights.ts";
import type { AgentFallback } from "./agent-fallback.ts";
import { createCodexDriver } from "./codex/codex-driver.ts";
import { createCodexExecDriver } from "./codex/codex-exec-driver.ts";
import type { CodexParts } from "./codex/codex-place.ts";
import { createCodexThrift } from "./codex/codex-thrift.ts";
import { createServerBook } from "./codex/probe-server.ts";
import { codexExecWays, codexWays } from "./codex/codex-ways.ts";
import type { AgentDriver } from "./driver.ts";
import { type AcpParts, createAcpDriver } from "./acp/acp-driver.ts";
import { createGemini, geminiWays, hasGeminiLogin } from "./acp/gemini.ts";
import { createOpencode, findKeyedProvider, hasOpencodeLogin, opencodeWays } from "./acp/opencode.ts";
import { anyAcpWays, ownModel, parseAcpName, toAnyAcpAgent } from "./acp/any-acp-agent.ts";
import { type ExecAgent, createExecDriver, toExecWays } from "./exec-driver.ts";
import { findProgram } from "../../sandbox/find-program.ts";

/** Of the agents that we know; a table in docs/agents.md is made of them. */
export const agentWays = {
  claude: claudeWays,
  codex: codexWays,
  gemini: geminiWays,
  opencode: opencodeWays,
} as const satisfies Record<string, AgentWays>;

/** An agent that is a program of its own. */
export interface KnownAgent {
  name: string;
  /** Under which its calls are booked, and of which its key is. */
  provider: string;
  /** What stands for the model where none is named. */
  model: string;
  /** The least level that a session needs to run it. */
  level: string;
  /** What it takes and what can be done with it, and by what. */
  ways: AgentWays;
  driver: AgentDriver;
  /** How it is run where the way above is not there; left out: then not at all. */
  fallback?: AgentFallback;
  /** That it is to be run so, and in no other way. */
  wire?: AgentWire;
  /** The program that a session with this PATH would start; undefined: there is none. */
  locate(path: string): string | undefined;
  /** Its program, by the person's settings. Left out: it is looked for by the agent's name. */
  program?: string;
  /** True for those that we know; false for a person's own. */
  isShipped: boolean;
  /** False where it has neither a key nor a login. Left out: it needs none. */
  isLoggedIn?(): boolean;
  /** True: what the workspace's own files tell reaches it through us; else it reads them itself, or not at all. */
  takesNotes?: boolean;
  /** Throws unknown-model for one that it can not have. Left out: nobody knows beforehand. */
  checkModel?(model: string): void;
  /** True: it has the MCP servers of its own configuration, also where a session wants none of them. */
  keepsServers?: boolean;
  /** What to type where it has neither a key nor a login. */
  loginHint?: string;
  /** Throws agent-lacks for tools that it has nothing like. */
  checkTools?(tools: readonly string[]): void;
}

/** The agents there are. */
export interface AgentBook {
  names(): string[];
  find(name: string): KnownAgent | undefined;
}

export interface BookParts {
  /** Those of the person's settings, as they are now. */
  configured: () => readonly ExecAgent[];
  /** The program of an agent that we know, as they name it; undefined: they do not. */
  programOf: (agent: string) => string | undefined;
  claude: ClaudeParts;
  codex: CodexParts;
  acp: AcpParts;
}

export function createAgentBook({ configured, programOf, claude, codex, acp }: BookParts): AgentBook {
  const known = [toClaude(claude), toCodex(codex), toGemini(acp), toOpencode(acp)];
  return {
    names: () => [...known, ...configured()].map(({ name }) => name),
    find(name) {
      const shipped = known.find((one) => one.name === name);
      if (shipped !== undefined) return toPlaced(shipped, programOf(name));
      const agent = configured().find((one) => one.name === name);
      if (agent !== undefined) return agent.output === "acp" ? toAcp(agent, acp) : toKnown(agent);
      const command = parseAcpName(name);
      if (command === null) return undefined;
      return toAcp({ name, command, env: {}, level: "full" }, acp);
    },
  };
}

/** Found where the person's settings say, if they do. */
function toPlaced(agent: KnownAgent, program: string | undefined): KnownAgent {
  return program === undefined ? agent : { ...agent, program, locate: (path) => findProgram(program, path) };
}

function toKnown(agent: ExecAgent): KnownAgent {
  return {
    name: agent.name,
    provider: agent.name,
    model: ownModel,
    level: agent.level,
    ways: toExecWays(agent),
    driver: createExecDriver(agent),
    locate: (path) => findProgram(agent.command[0], path),
    isShipped: false,
  };
}

/** What it asks leave for is judged by us, but nothing makes it ask. */
function toAcp(agent: Pick<ExecAgent, "name" | "command" | "env" | "level">, parts: AcpParts): KnownAgent {
  const { name, level, command } = agent;
  return {
    name,
    provider: name,
    model: ownModel,
    level,
    ways: anyAcpWays,
    keepsServers: true,
    driver: createAcpDriver(toAnyAcpAgent(agent), parts),
    locate: (path) => findProgram(command[0], path),
    isShipped: false,
  };
}

function toGemini(parts: AcpParts): KnownAgent {
  const { credential, home } = parts.credentials;
  return {
    name: "gemini",
    provider: "google",
    model: "gemini-3.8-flash",
    // What it would do asks us first.
    level: "deny",
    ways: agentWays.gemini,
    driver: createAcpDriver(createGemini(parts.credentials), parts),
    locate: (path) => findProgram("gemini", path),
    isShipped: true,
    isLoggedIn: () => credential("google")?.apiKey !== undefined || hasGeminiLogin(home()),
  };
}

function toOpencode(parts: AcpParts): KnownAgent {
  const { credentials } = parts;
  return {
    name: "opencode",
    // It calls any; what it costs is by its own word.
    provider: "opencode",
    model: ownModel,
    level: "deny",
    ways: agentWays.opencode,
    driver: createAcpDriver(createOpencode(credentials), parts),
    locate: (path) => findProgram("opencode", path),
    isShipped: true,
    isLoggedIn: () =>
      findKeyedProvider(credentials, ownModel) !== undefined || hasOpencodeLogin(credentials.home()),
  };
}

function toClaude(parts: ClaudeParts): KnownAgent {
  return {
    name: "claude",
    provider: "anthropic",
    model: "claude-sonnet-4-6",
    // Its own rules hold it to the session's level.
    level: "deny",
    ways: agentWays.claude,
    driver: createClaudeDriver(parts),
    locate: (path) => findProgram("claude", path),
    isShipped: true,
    isLoggedIn: () => parts.credential()?.apiKey !== undefined || parts.hasLogin(),
    takesNotes: true,
    loginHint: "Log in (claude, then /login), or set ANTHROPIC_API_KEY.",
    checkTools: (tools) => tools.forEach(toClaudeTool),
    // A gateway has models under names of its own.
    checkModel: (model) => void (parts.credential()?.baseUrl === undefined && checkClaudeModel(model)),
  };
}

function toCodex(parts: CodexParts): KnownAgent {
  const servers = createServerBook();
  const thrift = createCodexThrift(parts);
  return {
    name: "codex",
    provider: "openai",
    model: "gpt-6-sol",
    // Its own sandbox holds it to the session's level.
    level: "deny",
    ways: agentWays.codex,
    driver: createCodexDriver(parts, thrift),
    fallback: {
      wire: "exec",
      ways: codexExecWays,
      driver: createCodexExecDriver(parts, thrift),
      isNeeded: async (program, path) =>
        !(await servers.hasServer({ program, path, settings: parts.settings() })),
    },
    locate: (path) => findProgram("codex", path),
    isShipped: true,
    isLoggedIn: () => parts.credential()?.apiKey !== undefined || parts.hasLogin(),
  };
}
