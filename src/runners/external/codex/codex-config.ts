import type { McpServer } from "../../../config/mcp-servers.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { SessionRecord } from "../../../core/session.ts";
import { toBaseUrl } from "../../../providers/base-url.ts";
import type { Credential } from "../../../providers/credentials.ts";
import { toCodexServers } from "./codex-servers.ts";

/** The provider of a thread that has a key of ours. */
export const keyedProvider = "profclaw";

/** Its key is in the environment of the process, under this name. */
export const keyVariable = "OPENAI_API_KEY";

const openAiUrl = "https://api.openai.com/v1";

export interface CodexConfigWish {
  session: SessionRecord;
  /** Undefined: codex's own way to its login. */
  key: Credential | undefined;
  /** Where our MCP server answers; null: nowhere. */
  mcpUrl: string | null;
  /** The folder with its settings. */
  codexHome: string;
  /** Variables of codex that its commands are not to have. */
  hidden: readonly string[];
  /** The user's servers that the session has besides ours. */
  servers: readonly McpServer[];
}

/** By these its commands are found again, and act as the session. Filled in on their way: they are never on disk. */
function toIdentity({ parentId }: Pick<SessionRecord, "parentId">): JsonObject {
  const names = ["PROFCLAW_HOME", "PROFCLAW_TOKEN", "PROFCLAW_SESSION_ID", "PROFCLAW_COMMAND_ID"];
  if (parentId !== null) names.push("PROFCLAW_PARENT_ID");
  return Object.fromEntries(names.map((name) => [name, `{{${name}}}`]));
}

/** Settings of one thread, on top of those of its process. */
export function toThreadConfig(wish: CodexConfigWish): JsonObject {
  const { session, key, mcpUrl, hidden } = wish;
  return {
    ...(key?.apiKey === undefined ? {} : { model_providers: { [keyedProvider]: toProvider(key) } }),
    mcp_servers: {
      ...toCodexServers(wish),
      ...(mcpUrl === null ? {} : { profclaw: toServer(mcpUrl) }),
    },
    shell_environment_policy: {
      inherit: "all",
      ignore_default_excludes: false,
      exclude: [keyVariable, "CODEX_HOME", ...hidden],
      set: toIdentity(session),
    },
  };
}

/** Where a thread with a key of ours calls its model. */
export function toProviderUrl({ baseUrl }: Pick<Credential, "baseUrl">): string {
  return baseUrl === undefined ? openAiUrl : toBaseUrl(baseUrl, { provider: "openai", kind: "openai" });
}

function toProvider(key: Credential): JsonObject {
  return {
    name: "OpenAI, by profclaw",
    base_url: toProviderUrl(key),
    env_key: keyVariable,
    wire_api: "responses",
    request_max_retries: 4,
    stream_max_retries: 4,
  };
}

/** Settings of a program that has one session alone, which has its token and its names in its environment. */
export function toExecConfig(wish: Omit<CodexConfigWish, "servers">): JsonObject {
  const { key, mcpUrl, hidden } = wish;
  const isKeyed = key?.apiKey !== undefined;
  return {
    ...(isKeyed
      ? { model_provider: keyedProvider, model_providers: { [keyedProvider]: toProvider(key) } }
      : {}),
    approval_policy: "never",
    mcp_servers: {
      ...toCodexServers({ ...wish, servers: [] }),
      ...(mcpUrl === null ? {} : { profclaw: toOwnServer(mcpUrl) }),
    },
    shell_environment_policy: {
      inherit: "all",
      // It has no keys but its own, and its token is what the session acts by.
      ignore_default_excludes: true,
      exclude: [keyVariable, "CODEX_HOME", ...hidden],
    },
  };
}

/** Ours never ask: what they may do is judged by their token. */
function toServer(url: string): JsonObject {
  const http_headers = { Authorization: "Bearer {{PROFCLAW_TOKEN}}" };
  return { url, http_headers, default_tools_approval_mode: "approve" };
}

function toOwnServer(url: string): JsonObject {
  return { url, bearer_token_env_var: "PROFCLAW_TOKEN", default_tools_approval_mode: "approve" };
}

const off = [
  "apps",
  "plugins",
  "remote_plugin",
  "hooks",
  "goals",
  "multi_agent",
  "memories",
  "image_generation",
  "browser_use",
  "computer_use",
  "in_app_browser",
  "skill_search",
  "tool_suggest",
].map((feature) => `features.${feature}=false`);

/** Settings of a process: what a session is not to have, and what would cost memory for nothing. */
export const processFlags = [
  ...off,
  // Agents of its own are nobody's sessions, on no budget; the feature above is that of older models only.
  "agents.enabled=false",
].flatMap((setting) => ["-c", setting]);
