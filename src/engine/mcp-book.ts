import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type McpServer, type ReadServers, readServers } from "../config/mcp-servers.ts";
import type { Env } from "../config/environment.ts";
import { readFolderSettings } from "../sandbox/folder-settings.ts";
import type { TrustBook } from "./trust-book.ts";

/** The MCP servers that a session in a folder may be given. */
export interface FolderServers {
  /** By name; the agent's own settings win, then the person's config.yaml, the folder's .mcp.json, ~/.claude.json. */
  servers: ReadonlyMap<string, McpServer>;
  /** Named by a .mcp.json that nobody trusts (any more). */
  untrusted: readonly string[];
  /** Entries and files that can not be used, and why. */
  faults: readonly string[];
}

/** Looks at the files each time: a server counts from the moment it is written. */
export interface McpBook {
  of(folder: string, agent?: string): Promise<FolderServers>;
}

export interface McpBookParts {
  /** `mcpServers` of config.yaml, and where that is. */
  configured: () => unknown;
  configFile: string;
  home: string;
  env: () => Env;
  trust: Pick<TrustBook, "stateOf">;
  /** Those of the person's settings of an agent that is a program of its own. */
  agentServers: (agent: string) => ReadServers;
}

const projectFile = ".mcp.json";
// A long history of another client's stands in its file too.
const maxBytes = 64 * 1024 * 1024;

export function createMcpBook(parts: McpBookParts): McpBook {
  return {
    async of(folder, agent) {
      const agents = agent === undefined ? { servers: [], faults: [] } : parts.agentServers(agent);
      const own = readServers(parts.configured(), { source: parts.configFile, env: parts.env() });
      const project = await readProject(parts, folder);
      const shared = await readShared(parts, folder);
      const all = [...shared.servers, ...project.servers, ...own.servers, ...agents.servers];
      const servers = new Map(all.map((server) => [server.name, server]));
      return {
        servers,
        untrusted: project.untrusted.filter((name) => !servers.has(name)),
        faults: [...agents.faults, ...own.faults, ...project.faults, ...shared.faults],
      };
    },
  };
}

/** Its texts are taken as written: a repository must not read the environment, keys among it. */
async function readProject(
  { trust }: McpBookParts,
  folder: string,
): Promise<ReadServers & { untrusted: string[] }> {
  const source = join(folder, projectFile);
  const none = { servers: [], faults: [], untrusted: [] };
  const settings = await readFolderSettings(folder).catch((fault: Error) => fault.message);
  if (typeof settings === "string") return { ...none, faults: [settings] };
  const file = settings.find(({ path }) => path === projectFile);
  if (file === undefined) return none;
  const read = readJson(file.text, source, (json) => readServers(json["mcpServers"], { source, env: null }));
  if ((await trust.stateOf(folder, file)) === "trusted") return { ...read, untrusted: [] };
  return { servers: [], faults: [], untrusted: read.servers.map(({ name }) => name) };
}

const knownShared = new Map<string, { stamp: string; text: string }>();

/** Claude Code's own file: its servers for every folder, and those for this one. */
async function readShared({ home, env }: McpBookParts, folder: string): Promise<ReadServers> {
  const source = join(home, ".claude.json");
  const text = await readCached(source);
  if (text === null) return { servers: [], faults: [] };
  return readJson(text, source, (json) => {
    const origin = { source, env: env() };
    const { projects } = json;
    const here = isObject(projects) && isObject(projects[folder]) ? projects[folder]["mcpServers"] : {};
    const [wide, local] = [readServers(json["mcpServers"], origin), readServers(here, origin)];
    return { servers: [...wide.servers, ...local.servers], faults: [...wide.faults, ...local.faults] };
  });
}

/** Null where there is none, or none that can be read. */
async function readCached(path: string): Promise<string | null> {
  const entry = await stat(path).catch(() => null);
  if (entry === null || !entry.isFile() || entry.size > maxBytes) return null;
  const stamp = `${entry.ino}:${entry.size}:${entry.mtimeMs}`;
  const known = knownShared.get(path);
  if (known?.stamp === stamp) return known.text;
  const text = await readFile(path, "utf8").catch(() => null);
  if (text !== null) knownShared.set(path, { stamp, text });
  return text;
}

function readJson<Read extends ReadServers>(
  text: string,
  source: string,
  read: (json: Record<string, unknown>) => Read,
): Read | ReadServers {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) ? read(json) : { servers: [], faults: [`${source} is not a JSON object`] };
  } catch {
    return { servers: [], faults: [`${source} is not JSON`] };
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a server is, so that another program under its name is another server. */
export function hashServer(server: McpServer): string {
  const { kind } = server;
  const what = kind === "http" ? [kind, server.url] : [kind, server.command, ...server.args];
  return createHash("sha256").update(JSON.stringify(what)).digest("hex").slice(0, 16);
}
