import type { LanguageModelV4, SharedV4ProviderOptions } from "@ai-sdk/provider";
import { fetchFromProvider } from "./provider-fetch.ts";

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
  return { baseURL: endpoint.baseUrl, headers: endpoint.headers, fetch: fetchFromProvider };
}
