import { ProfclawError } from "../core/errors.ts";
import { type ProviderKind, toBaseUrlVariable } from "./provider-data.ts";

/**
 * A base URL as people write it → the one the SDKs append their path to. Both habits work, with and
 * without `/v1`: an Anthropic URL gets `/v1` unless it ends so (claude's own convention is without); any
 * other gets it unless its path names a version somewhere (`/openai/v1`, `/v1beta/openai`, `/paas/v4`).
 * Errors: `config-invalid` for what is not an http(s) URL.
 */
export function toBaseUrl(url: string, target: { provider: string; kind: ProviderKind }): string {
  const parsed = parseHttpUrl(url, target.provider);
  const path = parsed.pathname.replace(/\/+$/, "");
  const hasVersion = target.kind === "anthropic" ? path.endsWith("/v1") : /\/v\d/.test(path);
  // The host's API hangs below /openai; Groq's own SDK takes the bare host too.
  const versions = { "api.groq.com": "/openai/v1", "openrouter.ai": "/api/v1" };
  const special = Object.entries(versions).find(([host]) => host === parsed.hostname && path === "")?.[1];
  const version = special ?? (target.kind === "google" ? "/v1beta" : "/v1");
  return `${parsed.origin}${path}${hasVersion ? "" : version}${parsed.search}`;
}

function parseHttpUrl(url: string, provider: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === "http:" || parsed?.protocol === "https:") return parsed;
  throw new ProfclawError("config-invalid", `The base URL of ${provider} is not an http(s) URL.`, {
    hint: `Write ${toBaseUrlVariable(provider)} like https://host/v1.`,
  });
}
