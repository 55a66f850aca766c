import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse as parseJsonc } from "jsonc-parser";
import { parse as parseToml } from "smol-toml";
import { type Env, toHome } from "./environment.ts";
import { type ReadServers, readServers } from "./mcp-servers.ts";

type Fields = Readonly<Record<string, unknown>>;

/** How an agent of somebody else's keeps MCP servers in its user's own settings. */
interface ServerBook {
  /** The first of them that there is counts. */
  files(env: Env): string[];
  parse: (text: string) => unknown;
  /** Its table of servers. */
  key: string;
  /** An entry in the words that MCP clients share; a text: why it is not taken; null: it is switched off. */
  toEntry(entry: Fields, env: Env): Fields | string | null;
  /** True: `${NAME}` in an entry stands for a variable. */
  hasVariables: boolean;
}

// A history may stand in such a file too; a megabyte of settings is none.
const maxBytes = 4 * 1024 * 1024;

/** Codex 0.169, gemini 0.61 and opencode 1.18, as their own `mcp add` writes them and their documentation says. */
const books: Readonly<Record<string, ServerBook>> = {
  codex: {
    files: (env) => [join(env["CODEX_HOME"] || join(toHome(env), ".codex"), "config.toml")],
    parse: parseToml,
    key: "mcp_servers",
    toEntry: fromCodex,
    hasVariables: false,
  },
  gemini: {
    files: (env) => [join(toHome(env), ".gemini", "settings.json")],
    parse: (text) => withBraces(parseJsonc(text)),
    key: "mcpServers",
    toEntry: fromGemini,
    hasVariables: true,
  },
  opencode: {
    files: (env) =>
      ["opencode.jsonc", "opencode.json"].map((name) =>
        join(env["XDG_CONFIG_HOME"] || join(toHome(env), ".config"), "opencode", name),
      ),
    parse: parseJsonc,
    key: "mcp",
    toEntry: fromOpencode,
    hasVariables: true,
  },
};

/** The MCP servers that the user's own settings of an agent name; none where we do not know them. Never a repository's. */
export function readAgentServers(agent: string, env: Env): ReadServers {
  const book = Object.hasOwn(books, agent) ? books[agent] : undefined;
  const found = book === undefined ? undefined : findText(book.files(env));
  if (book === undefined || found === undefined) return { servers: [], faults: [] };
  const { source, text } = found;
  const table = readTable(book, text);
  if (table === null) return { servers: [], faults: [`table ${book.key} of ${source} can not be read`] };
  const faults: string[] = [];
  const entries = Object.entries(table).flatMap(([name, entry]): [string, Fields][] => {
    const taken = isFields(entry) ? book.toEntry(entry, env) : "it is no entry";
    if (typeof taken === "string") faults.push(`${name} of ${source}: ${taken}`);
    return taken === null || typeof taken === "string" ? [] : [[name, taken]];
  });
  const read = readServers(Object.fromEntries(entries), { source, env: book.hasVariables ? env : null });
  return { servers: read.servers, faults: [...faults, ...read.faults] };
}

function findText(files: readonly string[]): { source: string; text: string } | undefined {
  for (const source of files) {
    try {
      if (statSync(source).size <= maxBytes) return { source, text: readFileSync(source, "utf8") };
    } catch {
      // There is none.
    }
  }
  return undefined;
}

function readTable({ parse, key }: ServerBook, text: string): Fields | null {
  try {
    const settings = parse(text);
    const table = isFields(settings) ? (settings[key] ?? {}) : null;
    return isFields(table) ? table : null;
  } catch {
    return null;
  }
}

/** Tools that a user has left out would be there again: nobody but the agent itself can keep them out. */
function findToolList(entry: Fields, names: readonly string[]): string | undefined {
  const name = names.find((one) => entry[one] !== undefined);
  return name === undefined ? undefined : `its ${name} could not be kept to`;
}

function fromCodex(entry: Fields, env: Env): Fields | string | null {
  if (entry["enabled"] === false) return null;
  const { command, args, cwd, url, tool_timeout_sec: seconds } = entry;
  const timeout = typeof seconds === "number" ? { timeout: Math.round(seconds * 1_000) } : {};
  const list = findToolList(entry, ["enabled_tools", "disabled_tools"]);
  if (list !== undefined) return list;
  if (typeof url === "string") {
    const token = env[toText(entry["bearer_token_env_var"])];
    const named = Object.entries(toFields(entry["env_http_headers"]));
    const headers = {
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...toFields(entry["http_headers"]),
      ...Object.fromEntries(named.map(([header, name]) => [header, env[toText(name)] ?? ""])),
    };
    return { url, headers, ...timeout };
  }
  const forwarded = toTexts(entry["env_vars"]).flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const variables = { ...Object.fromEntries(forwarded), ...toFields(entry["env"]) };
  return { command, args, cwd, env: variables, ...timeout };
}

function fromGemini(entry: Fields): Fields | string | null {
  const { command, args, env, cwd, headers, timeout, url, httpUrl, type } = entry;
  const list = findToolList(entry, ["includeTools", "excludeTools"]);
  if (list !== undefined) return list;
  if (typeof command === "string") return { command, args, env, cwd, timeout };
  // Its `url` is one for SSE, unless it says otherwise.
  return typeof httpUrl === "string"
    ? { url: httpUrl, headers, timeout }
    : { type: type ?? "sse", url, headers, timeout };
}

function fromOpencode(entry: Fields): Fields | string | null {
  if (entry["enabled"] === false) return null;
  const { type, url, headers, environment, timeout, cwd } = toBraces(entry);
  if (JSON.stringify(entry).includes("{file:")) return "it has a {file:…}, which only opencode fills in";
  if (type === "remote") return { url, headers, timeout };
  const [command, ...args] = toTexts(toBraces(entry)["command"]);
  return { command, args, env: environment, cwd, timeout };
}

/** opencode's `{env:NAME}` as `${NAME}`; one that is not set is empty there. */
function toBraces(entry: Fields): Fields {
  const text = JSON.stringify(entry).replaceAll(/\{env:([A-Za-z_]\w*)\}/g, "$${$1:-}");
  return toFields(JSON.parse(text));
}

/** gemini's `$NAME` as `${NAME}`. */
function withBraces(settings: unknown): unknown {
  const text = JSON.stringify(settings ?? null).replaceAll(/\$([A-Za-z_]\w*)/g, "$${$1}");
  return JSON.parse(text) as unknown;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function toFields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function toTexts(value: unknown): string[] {
  const items: unknown[] = Array.isArray(value) ? value : [];
  return items.filter((item) => typeof item === "string");
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : "";
}
