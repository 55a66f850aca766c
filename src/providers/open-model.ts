import type { LanguageModelV4, SharedV4ProviderOptions } from "@ai-sdk/provider";
import { toBaseUrl } from "./base-url.ts";
import { type Endpoint, type Opening, toSettings } from "./endpoint.ts";
import { openDeepSeek, openGoogle, openMistral, openXai } from "./open-kinds.ts";
import type { Credential } from "./credentials.ts";
import { fetchFromProvider } from "./provider-fetch.ts";
import { findProviderEntry, type ProviderKind } from "./provider-data.ts";
import { redactSecrets } from "./redact.ts";
import { readReportedCost } from "./reported-cost.ts";
import type { ModelChoice } from "../core/model-choice.ts";
import { toKeyMissing } from "./resolve-model.ts";
import type { TurnModel } from "./stream-turn.ts";
import { fitThinking } from "./thinking-budget.ts";

/** A model ready to be called; `redact` takes its key out of a text. */
export type OpenedModel = TurnModel & Required<Pick<TurnModel, "redact">>;

export interface OpenRequest {
  resolved: Pick<ModelChoice, "provider" | "model">;
  credential: Credential | undefined;
  userAgent: string;
}

/**
 * Imports the provider's SDK, on first use only, and builds the model. URL and key are always passed
 * in: what an SDK is not given it takes from the daemon's own environment. The SDKs' retries live above
 * doStream, so here are none. Errors: `provider-key-missing`, `config-invalid`.
 */
export async function openModel({ resolved, credential, userAgent }: OpenRequest): Promise<OpenedModel> {
  const entry = findProviderEntry(resolved.provider);
  const apiKey = credential?.apiKey ?? "";
  if (entry !== undefined && !entry.isKeyless && apiKey === "") throw toKeyMissing(resolved.provider);
  const kind: ProviderKind = entry?.kind ?? "openai-compatible";
  const url = credential?.baseUrl ?? entry?.baseUrl ?? "";
  const endpoint: Endpoint = {
    ...resolved,
    baseUrl: toBaseUrl(url, { provider: resolved.provider, kind }),
    openaiApi: credential?.openaiApi ?? (credential?.baseUrl === undefined ? "responses" : "chat"),
    apiKey,
    headers: { "user-agent": userAgent },
  };
  const { model, defaults } = await openers[kind](endpoint);
  return {
    ...withDefaults(model, defaults),
    redact: (text) => redactSecrets(text, apiKey === "" ? [] : [apiKey]),
    reportedCost: (usage) => readReportedCost(resolved.provider, usage),
  };
}

const openers: Record<ProviderKind, (endpoint: Endpoint) => Promise<Opening>> = {
  anthropic: openAnthropic,
  openai: openOpenAI,
  groq: openGroq,
  google: openGoogle,
  mistral: openMistral,
  xai: openXai,
  deepseek: openDeepSeek,
  "openai-compatible": openCompatible,
};

async function openAnthropic(endpoint: Endpoint): Promise<Opening> {
  const { createAnthropic } = await import("@ai-sdk/anthropic");
  const open = (send: typeof fetch): LanguageModelV4 =>
    createAnthropic({ ...toSettings(endpoint), apiKey: endpoint.apiKey, fetch: send })(endpoint.model);
  const plain = open(fetchFromProvider);
  const model: LanguageModelV4 = {
    ...toParts(plain),
    doStream: (options) => {
      const { reasoning, maxOutputTokens } = options;
      if (reasoning === undefined || maxOutputTokens === undefined) return plain.doStream(options);
      return open(fetchWithin(maxOutputTokens)).doStream(options);
    },
  };
  // Pings prove that a long silent thought is alive; the SDK keeps them to itself unless asked.
  return { model, defaults: { anthropic: { includePings: true } } };
}

/**
 * `createOpenAI()(model)` speaks the Responses API (its createLanguageModel). Right for OpenAI itself,
 * where reasoning carries over between calls only there; nothing is stored on the other side (`store:
 * false`), so our history stays the whole truth. A custom URL is some other server, and those speak chat
 * completions far more often than responses (vLLM, llama.cpp, LiteLLM, LM Studio): so chat is used there,
 * unless `openaiApi` says otherwise.
 */
async function openOpenAI(endpoint: Endpoint): Promise<Opening> {
  const { createOpenAI } = await import("@ai-sdk/openai");
  const provider = createOpenAI({ ...toSettings(endpoint), apiKey: endpoint.apiKey });
  return endpoint.openaiApi === "chat"
    ? { model: provider.chat(endpoint.model), defaults: {} }
    : { model: provider.responses(endpoint.model), defaults: { openai: { store: false } } };
}

async function openGroq(endpoint: Endpoint): Promise<Opening> {
  const { createGroq } = await import("@ai-sdk/groq");
  const provider = createGroq({ ...toSettings(endpoint), apiKey: endpoint.apiKey });
  return { model: provider(endpoint.model), defaults: {} };
}

async function openCompatible(endpoint: Endpoint): Promise<Opening> {
  const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
  const provider = createOpenAICompatible({
    ...toSettings(endpoint),
    name: endpoint.provider,
    includeUsage: true,
    ...(endpoint.apiKey === "" ? {} : { apiKey: endpoint.apiKey }),
  });
  return { model: provider.chatModel(endpoint.model), defaults: {} };
}

/** Sends no more thinking than `maxTokens` has room for. */
function fetchWithin(maxTokens: number): typeof fetch {
  return (input, init) => {
    const body = init?.body;
    const fitted = typeof body === "string" ? { ...init, body: fitThinking(body, maxTokens) } : init;
    return fetchFromProvider(input, fitted);
  };
}

function withDefaults(model: LanguageModelV4, defaults: SharedV4ProviderOptions): LanguageModelV4 {
  const merge = (options: Parameters<LanguageModelV4["doStream"]>[0]): typeof options => ({
    ...options,
    providerOptions: mergeOptions(defaults, options.providerOptions),
  });
  return {
    ...toParts(model),
    doGenerate: (options) => model.doGenerate(merge(options)),
    doStream: (options) => model.doStream(merge(options)),
  };
}

/** The SDKs' models are class instances: a spread would lose what stands on the prototype. */
function toParts(model: LanguageModelV4): LanguageModelV4 {
  return {
    specificationVersion: model.specificationVersion,
    provider: model.provider,
    modelId: model.modelId,
    supportedUrls: model.supportedUrls,
    doGenerate: (options) => model.doGenerate(options),
    doStream: (options) => model.doStream(options),
  };
}

function mergeOptions(
  defaults: SharedV4ProviderOptions,
  given: SharedV4ProviderOptions | undefined,
): SharedV4ProviderOptions {
  const merged: SharedV4ProviderOptions = { ...given };
  for (const [provider, values] of Object.entries(defaults)) {
    merged[provider] = { ...values, ...given?.[provider] };
  }
  return merged;
}
