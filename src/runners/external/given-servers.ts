import type { McpServer } from "../../config/mcp-servers.ts";
import { ProfclawError } from "../../core/errors.ts";
import type { SessionRecord } from "../../core/session.ts";

/** Where the user's own MCP servers are found. */
export interface ServerSource {
  /** Those that a session of this agent in this folder may be given, by name. */
  mcpServers(cwd: string, agent: string): Promise<ReadonlyMap<string, McpServer>>;
}

export interface GivenServers {
  servers: McpServer[];
  /** Named when the session was made, and in no settings file by now. */
  missing: string[];
}

/** The user's servers that a session has besides ours, as their settings describe them now. Throws agent-lacks. */
export async function findGivenServers(
  source: ServerSource,
  { mcpServers: names = [], cwd, agent }: Pick<SessionRecord, "mcpServers" | "cwd" | "agent">,
): Promise<GivenServers> {
  if (names.length === 0) return { servers: [], missing: [] };
  const known = await source.mcpServers(cwd, agent);
  const servers = names.flatMap((name) => known.get(name) ?? []);
  for (const server of servers) refusePlaceholders(server);
  return { servers, missing: names.filter((name) => !known.has(name)) };
}

/** What is written to an agent has places of this kind, which are filled in: a session's token among them. */
function refusePlaceholders(server: McpServer): void {
  if (!/\{\{[A-Z_]+\}\}/.test(JSON.stringify(server))) return;
  throw new ProfclawError(
    "agent-lacks",
    `MCP server ${server.name} of ${server.source} has a {{PLACE}} in capitals, which no agent is told.`,
    { pointer: "mcp", hint: "Write it in another way, or leave that server out." },
  );
}

/** What an agent is told of servers that it does not get. "": nothing. */
export function toMissingText(missing: readonly string[]): string {
  return missing
    .map((name) => `The MCP server ${name} is not in any settings file (any more), or not trusted.`)
    .join("\n\n");
}

/** How a server is started by an agent that has no place for a folder. */
export function toStart({ command, args, cwd }: Extract<McpServer, { kind: "stdio" }>): {
  command: string;
  args: readonly string[];
} {
  if (cwd === undefined) return { command, args };
  return { command: "/bin/sh", args: ["-c", 'cd "$0" && exec "$@"', cwd, command, ...args] };
}
