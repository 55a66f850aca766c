import { existsSync } from "node:fs";
import { join } from "node:path";
import { toProviderUrl } from "./codex-config.ts";
import { readCodexSettings } from "./codex-login.ts";
import type { CodexPlace } from "./codex-place.ts";

/** What codex 0.169 calls with a login: its model by the one or the other, and what renews the login. */
const openAi: readonly string[] = [
  "https://chatgpt.com",
  "https://api.openai.com",
  "https://auth.openai.com",
];

/** A machine's settings, above those of its users. */
const machineFolder = "/etc/codex";

/** All that codex calls over the net by itself, as addresses; null: nobody knows. */
export function findCalled(
  { key, isKeyed, codexHome }: CodexPlace,
  loginUrls: readonly string[] = openAi,
): readonly string[] | null {
  // Variables of its own, proxies among them.
  if (existsSync(join(codexHome, ".env"))) return null;
  if (isKeyed && key !== undefined) return [toProviderUrl(key)];
  const settings = readCodexSettings(join(codexHome, "config.toml"));
  if (settings === null || existsSync(machineFolder)) return null;
  const { mcp_servers: _, ...rest } = settings;
  return /https:|wss:/i.test(JSON.stringify(rest)) ? null : loginUrls;
}
