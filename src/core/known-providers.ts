/** The providers we ship, in the order in which a key is looked for when a caller names none. */
export const knownProviders = [
  "anthropic",
  "openai",
  "google",
  "groq",
  "mistral",
  "xai",
  "deepseek",
  "openrouter",
  "ollama",
] as const;
