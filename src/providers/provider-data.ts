/** How a provider is spoken to; each kind is one SDK package, imported when first used. */
export type ProviderKind =
  | "anthropic"
  | "openai"
  | "google"
  | "groq"
  | "mistral"
  | "xai"
  | "deepseek"
  | "openai-compatible";

export interface ProviderEntry {
  name: string;
  kind: ProviderKind;
  /** The SDKs would read the process's own environment if no URL were passed, so one always is. */
  baseUrl: string;
  /** Used where the caller names no model, and then named in the answer; undefined: it has to be named. */
  defaultModel?: string;
  /** A server on this machine that asks for no key. */
  isKeyless?: true;
}

/**
 * In the order in which a key is looked for when a caller names neither provider nor model.
 *
 * Default models, read from the price list (@pydantic/genai-prices 0.1.8):
 * - openai `gpt-6-sol`: the newest generation's model "for complex coding and agentic workflows", 2/10
 *   USD per million; `gpt-6-astra` is five times the price, `gpt-6-luna` is for small tasks.
 * - groq `llama-3.3-70b-versatile`: a general model that calls tools, 0.59/0.79 USD; the list ranks none
 *   there above another, and this is the one that our own examples name.
 * - google `gemini-3.8-flash`: the newest generation that is no preview, 1 M tokens, 0.75/3.75 USD.
 * - mistral `mistral-medium-latest`: the name that Mistral keeps on its current general model.
 * - xai `grok-4.6`, deepseek `deepseek-v4-pro`: the newest general ones that have a price.
 * - openrouter is a counter for all makers and ollama has what was pulled: a model is named there.
 */
export const providerEntries: readonly ProviderEntry[] = [
  {
    name: "anthropic",
    kind: "anthropic",
    baseUrl: "https://api.anthropic.com/v1",
    defaultModel: "claude-sonnet-4-6",
  },
  { name: "openai", kind: "openai", baseUrl: "https://api.openai.com/v1", defaultModel: "gpt-6-sol" },
  {
    name: "google",
    kind: "google",
    baseUrl: "https://generativelanguage.googleapis.com/v1beta",
    defaultModel: "gemini-3.8-flash",
  },
  {
    name: "groq",
    kind: "groq",
    baseUrl: "https://api.groq.com/openai/v1",
    defaultModel: "llama-3.3-70b-versatile",
  },
  {
    name: "mistral",
    kind: "mistral",
    baseUrl: "https://api.mistral.ai/v1",
    defaultModel: "mistral-medium-latest",
  },
  { name: "xai", kind: "xai", baseUrl: "https://api.x.ai/v1", defaultModel: "grok-4.6" },
  {
    name: "deepseek",
    kind: "deepseek",
    baseUrl: "https://api.deepseek.com/v1",
    defaultModel: "deepseek-v4-pro",
  },
  { name: "openrouter", kind: "openai-compatible", baseUrl: "https://openrouter.ai/api/v1" },
  { name: "ollama", kind: "openai-compatible", baseUrl: "http://127.0.0.1:11434/v1", isKeyless: true },
];

/** Names a model goes by that its provider does not know it by. The answer shows both. */
export const modelAliases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  groq: { "llama-3.3-70b": "llama-3.3-70b-versatile" },
};

/** Our name of a provider where the price list has another one. */
export const priceListNames: Readonly<Record<string, string>> = { xai: "x-ai", bedrock: "aws" };

export function findProviderEntry(name: string): ProviderEntry | undefined {
  return providerEntries.find((entry) => entry.name === name);
}

/** The environment variable that holds a provider's key: `groq` → `GROQ_API_KEY`. */
export function toKeyVariable(provider: string): string {
  return `${toVariableName(provider)}_API_KEY`;
}

/** The environment variable that overrides or gives a provider's URL: `vllm` → `VLLM_BASE_URL`. */
export function toBaseUrlVariable(provider: string): string {
  return `${toVariableName(provider)}_BASE_URL`;
}

function toVariableName(provider: string): string {
  return provider.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_");
}
