import { join } from "node:path";
import type { McpServer } from "../../../config/mcp-servers.ts";
import { ProfclawError } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { SessionRecord } from "../../../core/session.ts";
import { readCodexServers, readNamedTools } from "./codex-login.ts";
import { toCodexRights } from "./codex-rights.ts";

export interface CodexServersWish {
  session: Pick<SessionRecord, "cwd" | "grants" | "mcpServers">;
  /** The folder with codex's settings. */
  codexHome: string;
  servers: readonly McpServer[];
}

/**
 * What a thread's settings say of servers that are not ours: those of the session are there, and ask; all others that a
 * user's or a repository's settings name are off. Throws agent-lacks for one that codex would mix with a repository's.
 */
export function toCodexServers({ session, codexHome, servers }: CodexServersWish): JsonObject {
  const own = join(codexHome, "config.toml");
  const repository = join(session.cwd, ".codex", "config.toml");
  const [inOwn, inRepository] = [readCodexServers(own), readCodexServers(repository)];
  // Where codex asks for nothing, what would ask is refused.
  const mode = toCodexRights(session).approvalPolicy === "never" ? "approve" : "prompt";
  const entries = servers.map((server): [string, JsonObject] => {
    if (inRepository.includes(server.name)) throw toMixedFault(server.name, repository);
    const isOwn = server.source === own;
    if (!isOwn && inOwn.includes(server.name)) throw toMixedFault(server.name, own);
    const asked = toModes(isOwn ? readNamedTools(own, server.name) : [], mode);
    return [server.name, { ...(isOwn ? {} : toEntry(server)), ...asked, enabled: true }];
  });
  const off = [...inOwn, ...inRepository]
    .filter((name) => name !== "profclaw")
    .map((name): [string, JsonObject] => [name, { enabled: false }]);
  return Object.fromEntries([...off, ...entries]);
}

/** `tools`: those of which the settings say something that would stand above what is said of all. */
function toModes(tools: readonly string[], mode: string): JsonObject {
  const each = Object.fromEntries(tools.map((tool) => [tool, { approval_mode: mode }]));
  return { default_tools_approval_mode: mode, ...(tools.length === 0 ? {} : { tools: each }) };
}

function toEntry(server: McpServer): JsonObject {
  const { timeoutMs } = server;
  const timeout = timeoutMs === null ? {} : { tool_timeout_sec: timeoutMs / 1_000 };
  if (server.kind === "http") return { url: server.url, http_headers: { ...server.headers }, ...timeout };
  const { command, args, env, cwd } = server;
  return { command, args: [...args], env: { ...env }, ...(cwd === undefined ? {} : { cwd }), ...timeout };
}

function toMixedFault(name: string, file: string): ProfclawError {
  return new ProfclawError(
    "agent-lacks",
    `codex would mix MCP server ${name} with the one that ${file} names.`,
    {
      pointer: "mcp",
      hint: "Give yours another name, or leave it out of --mcp.",
    },
  );
}
