import type { LanguageModelV4, SharedV4ProviderOptions } from "@ai-sdk/provider";
import { boundBody } from "./bounded-body.ts";

/** Where a model is, and what is sent along with every call. */
export interface Endpoint {
  provider: string;
  model: string;
  baseUrl: string;
  openaiApi: "chat" | "responses";
  apiKey: string;
  headers: Record<string, string>;
}

export interface Opening {
  model: LanguageModelV4;
  /** Sent with every call. */
  defaults: SharedV4ProviderOptions;
}

export function toSettings(endpoint: Endpoint): {
  baseURL: string;
  headers: Record<string, string>;
  fetch: typeof fetch;
} {
  return { baseURL: endpoint.baseUrl, headers: endpoint.headers, fetch: fetchWithoutRedirect };
}

/** An API does not redirect; a server that does would be sent the key (x-api-key survives a change of host). */
export const fetchWithoutRedirect: typeof fetch = async (input, init) =>
  boundBody(await fetch(input, { ...init, redirect: "manual" }));
