import { knownProviders } from "../core/known-providers.ts";
import type { Env } from "./environment.ts";

const plainNames = new Set([
  "POOL_MAX_CONCURRENT",
  "POOL_TIMEOUT_MS",
  "PROFCLAW_MODE",
  "PATH",
  "OLLAMA_HOST",
]);
const spendingName = /^PROFCLAW_(?:BUDGET_(?:DAY|MONTH)_(?:USD|TOKENS)|[A-Z][A-Z0-9_]*_(?:RPM|TPM))$/;
const keyedProviders = new Set<string>(knownProviders.map((name) => name.toUpperCase()));
/** What Google's own tools and SDKs call its key. */
const otherKeyNames: Readonly<Record<string, string>> = {
  GEMINI_API_KEY: "google",
  GOOGLE_GENERATIVE_AI_API_KEY: "google",
};

/**
 * What a client sends of its shell to a running daemon: pool settings, budgets, rates, PATH, and
 * the keys and base URLs of providers, and the variables that the user's file names as keys. A provider that we do not ship counts once its base URL is set, so no other
 * program's key leaves the shell.
 */
export function pickShellEnv(env: Env, keyVariables: readonly string[] = []): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value === "") continue;
    if (keyVariables.includes(name) || isShared(name, env)) picked[name] = value;
  }
  return picked;
}

function isShared(name: string, env: Env): boolean {
  if (plainNames.has(name) || spendingName.test(name) || Object.hasOwn(otherKeyNames, name)) return true;
  const [, provider] = /^([A-Z][A-Z0-9_]*)_(?:API_KEY|BASE_URL)$/.exec(name) ?? [];
  if (provider === undefined) return false;
  return keyedProviders.has(provider) || Boolean(env[`${provider}_BASE_URL`]);
}

/** What the environment says of one provider. */
export interface Credential {
  apiKey?: string;
  baseUrl?: string;
}

/** The keys and base URLs of an environment by provider: `MY_LLM_BASE_URL` is the provider `my-llm`. */
export function parseCredentials(env: Env): Map<string, Credential> {
  const credentials = new Map<string, Credential>();
  for (const [name, provider] of Object.entries(otherKeyNames)) {
    const apiKey = env[name];
    if (apiKey) credentials.set(provider, { apiKey });
  }
  const ollama = toOllamaUrl(env["OLLAMA_HOST"] ?? "");
  if (ollama !== undefined) credentials.set("ollama", { baseUrl: ollama });
  for (const [name, value] of Object.entries(pickShellEnv(env))) {
    const [, provider, field] = /^([A-Z][A-Z0-9_]*)_(API_KEY|BASE_URL)$/.exec(name) ?? [];
    const isOtherName = Object.hasOwn(otherKeyNames, name) && !env[`${provider}_BASE_URL`];
    if (provider === undefined || isOtherName) continue;
    const key = provider.toLowerCase().replaceAll("_", "-");
    const entry = credentials.get(key) ?? {};
    credentials.set(key, { ...entry, [field === "API_KEY" ? "apiKey" : "baseUrl"]: value });
  }
  return credentials;
}

/**
 * Ollama's own variable, as its own client reads it: `host`, `host:port`, `:port` or a URL; the port is 11434
 * unless a scheme is written, and a server that listens everywhere is called on this machine.
 */
function toOllamaUrl(host: string): string | undefined {
  const text = host.trim().replaceAll(/^["']|["']$/g, "");
  if (text === "") return undefined;
  const hasScheme = /^https?:\/\//i.test(text);
  const bare = /^[0-9a-f]*(?::[0-9a-f]*){2,}$/i.test(text) ? `[${text}]` : text;
  const whole = hasScheme ? text : `http://${bare.startsWith(":") ? "127.0.0.1" : ""}${bare}`;
  if (!URL.canParse(whole)) return undefined;
  const url = new URL(whole);
  if (!hasScheme && !/:\d+(?:\/|$)/.test(bare.replace(/^\[[^\]]*\]/, ""))) url.port = "11434";
  if (url.hostname === "0.0.0.0") url.hostname = "127.0.0.1";
  if (url.hostname === "[::]") url.hostname = "[::1]";
  return url.href.replace(/\/+$/, "");
}
