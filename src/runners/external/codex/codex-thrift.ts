import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { McpServer } from "../../../config/mcp-servers.ts";
import type { CodexParts, CodexPlace } from "./codex-place.ts";
import { findCalled } from "./find-called.ts";
import { type SystemRoots, findSystemRoots } from "./find-root.ts";
import { speaksStrictTls } from "./strict-tls.ts";

/** Makes codex's environment one in which it holds little memory. */
export interface CodexThrift {
  toEnvironment(wish: ThriftWish): Promise<Record<string, string>>;
}

export interface ThriftWish {
  place: CodexPlace;
  /** The user's servers that it connects to. */
  servers: readonly Pick<McpServer, "kind">[];
}

export interface ThriftParts extends Pick<CodexParts, "settings" | "ownHome"> {
  now?: () => number;
  /** What codex calls with a login. Left out: OpenAI. */
  loginUrls?: readonly string[];
  findRoots?: () => SystemRoots | undefined;
}

const allocator = "_RJEM_MALLOC_CONF";
const certificate = "CODEX_CA_CERTIFICATE";

// What its allocator would keep for later, and between the large: a tenth of thirty threads' memory.
const allocation = "narenas:1,dirty_decay_ms:0,muzzy_decay_ms:0,tcache:false,cache_oblivious:false";

const withinMs = 2_000;
const goodForMs = 600_000;
const badForMs = 60_000;

/**
 * Two HTTP clients of each codex thread read all of the system's certificates, with OpenSSL 1.5 MB for both. Once
 * CODEX_CA_CERTIFICATE names one more, codex takes rustls for them, which needs a tenth and trusts the system's as before. It is
 * stricter than OpenSSL, so it is chosen where all that codex calls is known, and was seen to get on with that.
 */
export function createCodexThrift(parts: ThriftParts): CodexThrift {
  const hosts = createHostBook(parts);
  const withRustls = async ({ place, servers }: ThriftWish): Promise<Record<string, string>> => {
    const isOwn =
      Object.keys(parts.settings()).some(isOfNetwork) || servers.some(({ kind }) => kind !== "stdio");
    const called = process.platform !== "linux" || isOwn ? null : findCalled(place, parts.loginUrls);
    if (called === null) return {};
    const roots = await Promise.all(called.map((url) => hosts.findRoot(url)));
    const [root] = roots;
    if (root === undefined || roots.includes(undefined)) return {};
    return { [certificate]: writeRoot(parts.ownHome, root) };
  };
  return {
    async toEnvironment(wish) {
      const ours = { [allocator]: allocation, ...(await withRustls(wish)) };
      const given = parts.settings();
      return Object.fromEntries(Object.entries(ours).filter(([name]) => given[name] === undefined));
    },
  };
}

/** With one of these it may call anything, by anything. */
function isOfNetwork(name: string): boolean {
  return /^(?:\w+_proxy|ssl_cert_(?:file|dir)|codex_ca_certificate)$/i.test(name);
}

/** A certificate that codex may be given for calls to a host; undefined: none. */
interface HostBook {
  findRoot(url: string): Promise<string | undefined>;
}

/** Asks each host once in a while. */
function createHostBook({
  now = () => performance.now(),
  findRoots = findSystemRoots,
}: ThriftParts): HostBook {
  const known = new Map<string, { root: Promise<string | undefined>; untilMs: number }>();
  const ask = async (url: string): Promise<string | undefined> => {
    const roots = findRoots();
    const isStrict = roots !== undefined && (await speaksStrictTls({ url, roots: roots.all, withinMs }));
    return isStrict ? roots.known : undefined;
  };
  return {
    async findRoot(url) {
      const { origin } = new URL(url);
      const before = known.get(origin);
      if (before !== undefined && before.untilMs > now()) return before.root;
      const entry = { root: ask(url), untilMs: Number.POSITIVE_INFINITY };
      known.set(origin, entry);
      entry.untilMs = now() + ((await entry.root) === undefined ? badForMs : goodForMs);
      return entry.root;
    },
  };
}

/** Codex reads it again and again: it is never there by half. */
function writeRoot(folder: string, pem: string): string {
  const file = join(folder, "root.pem");
  if (readText(file) === pem) return file;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const part = `${file}.${process.pid}`;
  writeFileSync(part, pem, { mode: 0o600 });
  renameSync(part, file);
  return file;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
