import { basename } from "node:path";
import { z } from "zod";
import type { Env } from "./environment.ts";

/** An MCP server of the user's, as one of their files describes it. */
export type McpServer = McpServerBase &
  (
    | {
        kind: "stdio";
        command: string;
        args: readonly string[];
        env: Readonly<Record<string, string>>;
        /** Left out: the session's workspace. */
        cwd?: string;
      }
    | { kind: "http"; url: string; headers: Readonly<Record<string, string>> }
  );

interface McpServerBase {
  name: string;
  /** The file that names it. */
  source: string;
  /** How long one call may take, ms; null: our default. */
  timeoutMs: number | null;
}

/** A server's name is part of its tools' names, and those have 64 characters of a few kinds. */
export const serverNamePattern = /^(?!.*__)[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;

const texts = z.record(z.string().max(200), z.string().max(32_768));
const timeout = z.int().min(1).max(3_600_000).optional();

/** One entry of `mcpServers`, in the words that MCP clients share. What else stands there is theirs. */
export const mcpEntrySchema = z.union([
  z.looseObject({
    type: z.literal("stdio").optional(),
    command: z.string().min(1).max(4_096),
    args: z.array(z.string().max(32_768)).max(200).optional(),
    env: texts.optional(),
    cwd: z.string().min(1).max(4_096).optional(),
    timeout,
  }),
  z.looseObject({
    type: z.enum(["http", "streamable-http"]).optional(),
    url: z.string().refine(isHttpUrl),
    headers: texts.optional(),
    timeout,
  }),
]);

type McpEntry = z.infer<typeof mcpEntrySchema>;
type RemoteEntry = Extract<McpEntry, { url: string }>;

function isRemote(entry: McpEntry): entry is RemoteEntry {
  return typeof entry["url"] === "string" && typeof entry["command"] !== "string";
}

/** What a file's `mcpServers` came to. */
export interface ReadServers {
  servers: McpServer[];
  /** What can not be used, and why, in words. */
  faults: string[];
}

/** Where entries stand; `env`: what their `${NAME}` stand for, null where they are taken as written. */
export interface ServerOrigin {
  source: string;
  env: Env | null;
}

/** Reads the `mcpServers` of a JSON file that other clients share. An entry of profclaw itself is left out. */
export function readServers(mcpServers: unknown, origin: ServerOrigin): ReadServers {
  const read: ReadServers = { servers: [], faults: [] };
  if (typeof mcpServers !== "object" || mcpServers === null) return read;
  for (const [name, entry] of Object.entries(mcpServers)) {
    const found = readEntry(name, entry, origin);
    if (typeof found === "string") read.faults.push(`${name} of ${origin.source}: ${found}`);
    else if (found !== null) read.servers.push(found);
  }
  return read;
}

function readEntry(name: string, entry: unknown, origin: ServerOrigin): McpServer | string | null {
  if (!serverNamePattern.test(name)) {
    return "a name has up to 32 letters, digits, - and single _";
  }
  const parsed = mcpEntrySchema.safeParse(entry);
  if (!parsed.success) return "it needs a command, or an http(s) url (SSE is not spoken)";
  return expandServer(toServer(name, parsed.data, origin.source), origin.env);
}

/** A checked entry as a server; null for profclaw's own, which would have sessions spawn sessions, and for its name. */
function toServer(name: string, entry: McpEntry, source: string): McpServer | null {
  if (name === "profclaw") return null;
  const base = { name, source, timeoutMs: entry.timeout ?? null };
  if (isRemote(entry)) return { ...base, kind: "http", url: entry.url, headers: entry.headers ?? {} };
  const { command, args = [], env = {}, cwd } = entry;
  const isOurs = [command, ...args].some((word) => /^profclaw(\.cjs|@.*)?$/.test(basename(word)));
  if (isOurs && args.includes("mcp")) return null;
  return { ...base, kind: "stdio", command, args, env, ...(cwd === undefined ? {} : { cwd }) };
}

/** `${NAME}` and `${NAME:-else}` filled in; or which of them is not set. */
function expandServer(server: McpServer | null, env: Env | null): McpServer | string | null {
  if (server === null || env === null) return server;
  const missing: string[] = [];
  const fill = (text: string): string =>
    text.replaceAll(/\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g, (_, name: string, otherwise?: string) => {
      const value = env[name] ?? otherwise;
      if (value === undefined) missing.push(name);
      return value ?? "";
    });
  const fillAll = (values: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, fill(value)]));
  const filled: McpServer =
    server.kind === "http"
      ? { ...server, url: fill(server.url), headers: fillAll(server.headers) }
      : {
          ...server,
          command: fill(server.command),
          args: server.args.map(fill),
          env: fillAll(server.env),
        };
  return missing.length === 0 ? filled : `${[...new Set(missing)].join(", ")} is not set`;
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
