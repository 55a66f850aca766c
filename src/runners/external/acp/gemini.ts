import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ProfclawError } from "../../../core/errors.ts";
import type { SessionRecord } from "../../../core/session.ts";
import type { AgentWays } from "../agent-ways.ts";
import type { LaunchPlan, PlanRequest } from "../driver.ts";
import type { AcpAgent } from "./acp-driver.ts";
import { keepChats, waitOutMinute } from "./keep-chats.ts";
import type { AcpCredentials } from "./acp-credentials.ts";
import { requireProgram } from "../require-program.ts";

const ownServer = "profclaw";

/** Gemini CLI, which has asked for leave since 0.61 in words that say what for. */
export function createGemini(parts: AcpCredentials): AcpAgent {
  return {
    name: "gemini",
    span: "conversation",
    // It tells its tokens when it has answered, and never what they cost.
    money: "untold",
    withheld: ["GEMINI_API_KEY"],
    login: "Log in (gemini, then /auth), or set GEMINI_API_KEY.",
    modelOf: () => null,
    plan: (request) => toPlan(parts, request),
  };
}

/** True if it has a login of its own in this home. */
export function hasGeminiLogin(home: string): boolean {
  return existsSync(join(home, ".gemini", "oauth_creds.json"));
}

async function toPlan(parts: AcpCredentials, request: PlanRequest): Promise<Omit<LaunchPlan, "input">> {
  const { session, home } = request;
  const program = requireProgram(request, { name: "gemini", npmPackage: "@google/gemini-cli" });
  refuseUntrusted(session);
  const folder = join(home, ".gemini");
  const hasKey = parts.credential("google")?.apiKey !== undefined;
  if (request.followUp !== null && hasKey) await keepChats(folder);
  else if (request.followUp !== null)
    await waitOutMinute(join(parts.home(), ".gemini"), new Date(), request.signal);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const policy = join(home, "policy.toml");
  await writeFile(policy, toPolicy(session), { mode: 0o600 });
  await writeFile(join(folder, "settings.json"), settings, { mode: 0o600 });
  const argv: [string, ...string[]] = [
    program,
    "--acp",
    "--model",
    session.model,
    "--allowed-mcp-server-names",
    [ownServer, ...(session.mcpServers ?? [])].join(","),
    "--extensions",
    "none",
    "--policy",
    policy,
  ];
  return { argv, environment: { ...toEnvironment(parts, home), ...toTrust(session.cwd) } };
}

const settings = JSON.stringify({
  security: { auth: { selectedType: "gemini-api-key" } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  // Ten of them, as it has it, take minutes.
  general: { enableAutoUpdate: false, enableAutoUpdateNotification: false, maxAttempts: 4 },
});

function toEnvironment(parts: AcpCredentials, home: string): Record<string, string> {
  const key = parts.credential("google");
  const quiet = { GEMINI_CLI_NO_RELAUNCH: "true", NO_BROWSER: "true" };
  // With a login it has to be the user's home: a copied login is lost when the other one is renewed.
  if (key?.apiKey === undefined) return quiet;
  const baseUrl = (key.baseUrl ?? "https://generativelanguage.googleapis.com").replace(
    /\/v1(?:beta)?\/?$/,
    "",
  );
  // Said also where it is the usual one: a repository's .env may name another, and would get the key.
  return { ...quiet, GEMINI_CLI_HOME: home, GEMINI_API_KEY: key.apiKey, GOOGLE_GEMINI_BASE_URL: baseUrl };
}

/** Without trust it connects to no MCP server, ours neither; with it, a folder's own settings, hooks and .env count. */
function toTrust(cwd: string): Record<string, string> {
  return { GEMINI_CLI_TRUST_WORKSPACE: hasOwnSettings(cwd) ? "false" : "true" };
}

/** Throws agent-lacks: servers that a session was given would be missing without a word. */
function refuseUntrusted({ cwd, mcpServers = [] }: Pick<SessionRecord, "cwd" | "mcpServers">): void {
  if (mcpServers.length === 0 || !hasOwnSettings(cwd)) return;
  throw new ProfclawError(
    "agent-lacks",
    `gemini connects to no MCP server (${mcpServers.join(", ")}) in ${cwd}: there is a .gemini or a .env in it, or a .env above it, so it runs there without trust.`,
    { pointer: "mcp", hint: "Leave --mcp and --no-slim out, take another folder, or take another agent." },
  );
}

function hasOwnSettings(folder: string): boolean {
  if ([".gemini", ".env"].some((name) => existsSync(join(folder, name)))) return true;
  const parent = dirname(folder);
  return parent !== folder && hasEnvAbove(parent);
}

/** It looks for a .env in every folder above. */
function hasEnvAbove(folder: string): boolean {
  if (existsSync(join(folder, ".env"))) return true;
  const parent = dirname(folder);
  return parent !== folder && hasEnvAbove(parent);
}

/**
 * Ours never ask in a child. Those of the user's always ask us: a name that is let in is one that gemini asks nobody
 * about. What reaches the network asks us, where the level does not allow all of it. What agents of its own use it counts
 * nowhere.
 */
function toPolicy({ grants, mcpServers = [] }: Pick<SessionRecord, "grants" | "mcpServers">): string {
  const rules = [
    toServerRule(ownServer, "allow"),
    ...mcpServers.map((name) => toServerRule(name, "ask_user")),
    ...(grants.network === "yes" ? [] : [toToolRule("google_web_search", "ask_user")]),
    toToolRule("invoke_agent", "deny"),
  ];
  return rules.map((lines) => `[[rule]]\n${lines.join("\n")}\n`).join("\n");
}

function toToolRule(tool: string, decision: "ask_user" | "deny"): string[] {
  return [`toolName = ${JSON.stringify(tool)}`, `decision = "${decision}"`, "priority = 800"];
}

function toServerRule(name: string, decision: "allow" | "ask_user"): string[] {
  return [
    `mcpName = ${JSON.stringify(name)}`,
    'toolName = "*"',
    `decision = "${decision}"`,
    "priority = 900",
  ];
}

const noWord = { lacks: "it has no flag for that" };

/** What of a request gemini gets, and by what. */
export const geminiWays: AgentWays = {
  model: { by: "--model" },
  effort: noWord,
  tools: noWord,
  schema: noWord,
  max_turns: noWord,
  max_output_tokens: noWord,
  mcp: { by: "session/new, --allowed-mcp-server-names" },
  budget_usd: { lacks: "it tells its tokens only after each answer, and no cost" },
  budget_tokens: { lacks: "it tells its tokens only after each answer, and no cost" },
  message: { by: "session/prompt, behind what it answers" },
  resume: { by: "session/load" },
  fork: { lacks: "its protocol has no word for that" },
};
