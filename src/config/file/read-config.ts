import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { ProfclawError } from "../../core/errors.ts";
import { type ConfigFile, toEmptyConfig } from "./config-file.ts";
import { parseConfig } from "./parse-config.ts";

const mostBytes = 1024 * 1024;

/**
 * The user's own file; nothing in it if it is not there. With a secret in it, it must be the user's alone.
 * Throws config-invalid.
 */
export function readUserConfig(path: string): ConfigFile {
  const read = readConfigText(path, 0);
  if (read === undefined) return toEmptyConfig(path);
  const config = parseConfig(read.text, path);
  requirePrivate(config, read.stats);
  return config;
}

/** A file's text and facts, off one open handle; undefined if there is none. Throws config-invalid. */
export function readConfigText(path: string, flags: number): { text: string; stats: Stats } | undefined {
  let handle: number;
  try {
    // A pipe of that name must not hold us up.
    handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw refuse(path, code === "ELOOP" ? "it is a symbolic link" : `it cannot be read (${code})`);
  }
  try {
    const stats = fstatSync(handle);
    if (!stats.isFile()) throw refuse(path, "it is no file");
    if (stats.size > mostBytes) throw refuse(path, "it is larger than 1 MB");
    return { text: readFileSync(handle, "utf8"), stats };
  } finally {
    closeSync(handle);
  }
}

function refuse(path: string, why: string): ProfclawError {
  return new ProfclawError("config-invalid", `${path}: ${why}.`, { hint: "It must be a plain YAML file." });
}

/** What others may read holds no keys. */
function requirePrivate(config: ConfigFile, stats: Stats): void {
  if ((stats.mode & 0o077) === 0 || !hasSecret(config)) return;
  const mode = (stats.mode & 0o777).toString(8).padStart(4, "0");
  throw new ProfclawError(
    "config-invalid",
    `${config.path} has a key or secret in it, and others may read it (mode ${mode}).`,
    { hint: `chmod 600 ${config.path}` },
  );
}

function hasSecret({ values }: ConfigFile): boolean {
  const providers = Object.values(values.providers ?? {});
  const servers = Object.values(values.mcpServers ?? {});
  return (
    providers.some(({ api_key }) => api_key !== undefined) ||
    (values.webhooks ?? []).length > 0 ||
    servers.some((server) => Object.keys(("url" in server ? server.headers : server.env) ?? {}).length > 0)
  );
}
