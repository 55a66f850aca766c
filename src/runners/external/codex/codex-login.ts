import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { parseRecord, toRecord } from "../json-record.ts";

/** True if codex has a login in this folder (its CODEX_HOME): a plan's, or a key that it was given. */
export function hasCodexLogin(codexHome: string): boolean {
  const login = parseRecord(readText(join(codexHome, "auth.json")));
  return login !== null && (isSet(login["tokens"]) || isSet(login["OPENAI_API_KEY"]));
}

/** The MCP servers that a config.toml of codex names, by its tables and dotted keys; none where there is no file. */
export function readCodexServers(configFile: string): string[] {
  const text = readText(configFile);
  const named = [...text.matchAll(serverName)].map(([, quoted, single, bare]) => quoted ?? single ?? bare);
  return [...new Set(named.filter((name) => name !== undefined))];
}

// [mcp_servers.name], [mcp_servers."my name".env], mcp_servers.name.command = …
const serverName =
  /^[ \t]*\[?[ \t]*mcp_servers[ \t]*\.[ \t]*(?:"((?:[^"\\\n]|\\.)+)"|'([^'\n]+)'|([\w-]+))/gm;

/** A config.toml of codex; without anything where there is none, null where it can not be read. */
export function readCodexSettings(configFile: string): Readonly<Record<string, unknown>> | null {
  try {
    return parse(readText(configFile));
  } catch {
    return null;
  }
}

/** Tools of a server of which a config.toml says something. */
export function readNamedTools(configFile: string, server: string): string[] {
  const servers = toRecord(readCodexSettings(configFile)?.["mcp_servers"]);
  return Object.keys(toRecord(toRecord(servers?.[server])?.["tools"]) ?? {});
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
