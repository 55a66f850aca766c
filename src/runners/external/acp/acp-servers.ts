import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { McpServer } from "../../../config/mcp-servers.ts";
import type { PlanRequest } from "../driver.ts";
import { type ServerSource, findGivenServers, toStart } from "../given-servers.ts";
import { toRecord, toRecords } from "../json-record.ts";
import { toText } from "./acp-content.ts";

/** An MCP server as the Agent Client Protocol describes it. */
export type AcpServer = { name: string } & (
  | { type: "http"; url: string; headers: AcpVariable[] }
  | { command: string; args: readonly string[]; env: AcpVariable[] }
);

interface AcpVariable {
  name: string;
  value: string;
}

/** The user's servers of a session. */
export interface AcpGiven {
  servers: readonly AcpServer[];
  /** Named when the session was made, and in no settings file when it was launched. */
  missing: readonly string[];
}

const fileIn = (home: string): string => join(home, "mcp.json");

/**
 * Keeps the user's servers of a session, as they are at its launch, in a file of the session's own: how the agent takes
 * them is known only when it has answered, perhaps to another daemon. `withheld`: variables of the agent's that are no
 * business of a server's.
 */
export async function keepGivenServers(
  source: ServerSource,
  { session, home }: Pick<PlanRequest, "session" | "home">,
  withheld: readonly string[],
): Promise<void> {
  if ((session.mcpServers ?? []).length === 0) return;
  const { servers } = await findGivenServers(source, session);
  const entries = servers.map((server) => toAcpServer(server, withheld));
  await mkdir(home, { recursive: true, mode: 0o700 });
  await writeFile(fileIn(home), JSON.stringify(entries), { mode: 0o600 });
}

/** What was kept for a session's last launch. `names`: those that it is to have. */
export function readGivenServers(home: string, names: readonly string[] = []): AcpGiven {
  const kept = names.length === 0 ? [] : readKept(fileIn(home));
  const servers = kept.filter(({ name }) => names.includes(name));
  return { servers, missing: names.filter((name) => !servers.some((server) => server.name === name)) };
}

function readKept(file: string): AcpServer[] {
  try {
    const kept: unknown = JSON.parse(readFileSync(file, "utf8"));
    return toRecords(kept).filter(isAcpServer);
  } catch {
    return [];
  }
}

function isAcpServer(record: object): record is AcpServer {
  const { name, url, command } = toRecord(record) ?? {};
  return toText(name) !== "" && (toText(url) !== "" || toText(command) !== "");
}

function toAcpServer(server: McpServer, withheld: readonly string[]): AcpServer {
  const { name } = server;
  if (server.kind === "http")
    return { type: "http", name, url: server.url, headers: toPairs(server.headers) };
  const hidden = Object.fromEntries(["PROFCLAW_TOKEN", ...withheld].map((variable) => [variable, ""]));
  return { name, ...toStart(server), env: toPairs({ ...hidden, ...server.env }) };
}

function toPairs(values: Readonly<Record<string, string>>): AcpVariable[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

/** What opencode asks leave for besides its tools, in words that could be a server's and a tool's. */
const ownWords = new Set(["external_directory", "doom_loop"]);

/**
 * The one name that rules and asks have for a tool of a user's server, whatever an agent makes of it ("words_echo",
 * "mcp_words_echo"). `isPlain`: its kind says nothing, as that of no tool of the agent's own. Null: it is none, or could
 * be one of two.
 */
export function findServerTool(
  tool: string,
  { servers, isPlain }: { servers: readonly string[]; isPlain: boolean },
): string | null {
  const found = servers.flatMap((server) => {
    const bare = isPlain && !ownWords.has(tool) ? [`${server}_`] : [];
    const prefixes = [`mcp__${server}__`, `mcp_${server}_`, ...bare];
    const prefix = prefixes.find((one) => tool.startsWith(one) && tool !== one);
    return prefix === undefined ? [] : [`mcp__${server}__${tool.slice(prefix.length)}`];
  });
  return found.length === 1 ? (found[0] ?? null) : null;
}
