import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { McpServer } from "../../../config/mcp-servers.ts";
import type { SessionRecord } from "../../../core/session.ts";
import { toNotesText } from "../../agent/system-text.ts";
import type { PlanRequest } from "../driver.ts";
import { type ServerSource, findGivenServers, toMissingText, toStart } from "../given-servers.ts";

/** What claude is given besides its task: MCP servers. */
export interface SurroundingParts extends ServerSource {
  /** Where our MCP server answers over HTTP; null: nowhere. */
  mcpUrl(): string | null;
}

/**
 * Flags for its servers and for what it is told on top of its own system prompt. Both stand in files of the session's
 * own: everybody on the machine can read an argument, and none may be longer than 128 KiB.
 */
export async function toSurroundingFlags(
  parts: SurroundingParts,
  { session, home }: Pick<PlanRequest, "session" | "home">,
): Promise<string[]> {
  const { servers, missing } = await findGivenServers(parts, session);
  const system = toSystemText(session, missing);
  if (servers.length > 0 || system !== "") await mkdir(home, { recursive: true, mode: 0o700 });
  return [
    "--mcp-config",
    toOwnServer(parts),
    ...(await toServersFile(servers, home)),
    ...(await toSystemFile(system, home)),
  ];
}

function toSystemText(
  { stance, projectNotes, appendSystem }: SessionRecord,
  missing: readonly string[],
): string {
  const notes = projectNotes === null ? null : toNotesText(projectNotes);
  const texts = [stance, notes, appendSystem, toMissingText(missing)];
  return texts.filter((text) => text !== null && text !== "").join("\n\n");
}

/** Its token stands in the environment. */
function toOwnServer({ mcpUrl }: Pick<SurroundingParts, "mcpUrl">): string {
  const url = mcpUrl();
  const headers = { Authorization: "Bearer ${PROFCLAW_TOKEN}" };
  return JSON.stringify({ mcpServers: url === null ? {} : { profclaw: { type: "http", url, headers } } });
}

async function toServersFile(servers: readonly McpServer[], home: string): Promise<string[]> {
  if (servers.length === 0) return [];
  const entries = Object.fromEntries(servers.map((server) => [server.name, toEntry(server)]));
  return [await write(join(home, "mcp.json"), JSON.stringify({ mcpServers: entries }))];
}

async function toSystemFile(text: string, home: string): Promise<string[]> {
  return text === "" ? [] : ["--append-system-prompt-file", await write(join(home, "system.txt"), text)];
}

async function write(file: string, text: string): Promise<string> {
  await writeFile(file, text, { mode: 0o600 });
  return file;
}

// A server that claude starts would have claude's own environment: its key and the session's token in it.
const withheld = { ANTHROPIC_API_KEY: "", PROFCLAW_TOKEN: "" };

function toEntry(server: McpServer): object {
  const timeout = server.timeoutMs === null ? {} : { timeout: server.timeoutMs };
  if (server.kind === "http") return { type: "http", url: server.url, headers: server.headers, ...timeout };
  return { type: "stdio", ...toStart(server), env: { ...withheld, ...server.env }, ...timeout };
}
