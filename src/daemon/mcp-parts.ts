import { readAgentServers } from "../config/agent-servers.ts";
import { toHome } from "../config/environment.ts";
import { listSecrets } from "../config/mcp-secrets.ts";
import type { StatePaths } from "../config/paths.ts";
import { type McpBook, createMcpBook, hashServer } from "../engine/mcp-book.ts";
import type { TrustBook } from "../engine/trust-book.ts";
import type { Witness } from "../engine/witness.ts";
import { type McpHub, type McpHubParts, createMcpHub } from "../tools/mcp/mcp-hub.ts";
import { createTextBook } from "../tools/mcp/text-book.ts";
import type { SecretBook } from "./log/secret-book.ts";
import type { LiveSettings } from "./live-settings.ts";

interface McpParts {
  book: McpBook;
  hub: McpHub;
  witness: Witness;
  /** Those for a folder; what is secret in them is known from then on. */
  find: (cwd: string, agent?: string) => ReturnType<McpHubParts["find"]>;
}

/** Which MCP servers there are, their connections, and who ends these with their session. */
export function createMcpParts(
  { paths, version, secrets }: { paths: StatePaths; version: string; secrets: SecretBook },
  live: Pick<LiveSettings, "agents" | "env" | "mcpServers">,
  trust: Pick<TrustBook, "stateOf">,
): McpParts {
  const book = createMcpBook({
    configured: () => live.mcpServers(),
    configFile: paths.userConfig,
    home: toHome(live.env),
    env: () => live.env,
    trust,
    agentServers: (agent) => readAgentServers(agent, { ...live.env, ...live.agents()[agent]?.env }),
  });
  const said = new Set<string>();
  secrets.add(() => [...said]);
  const find: McpParts["find"] = async (cwd, agent) => {
    const { servers } = await book.of(cwd, agent);
    for (const server of servers.values()) for (const text of listSecrets(server)) said.add(text);
    return servers;
  };
  const hub = createMcpHub({
    find: (cwd) => find(cwd),
    identify: hashServer,
    texts: createTextBook(paths.mcpTexts),
    version,
  });
  const recorded: Witness["recorded"] = ({ session, events }) => {
    if (events.some(({ type }) => type === "session-end")) hub.end(session.id);
  };
  return { book, hub, find, witness: { accepted: () => undefined, recorded } };
}
