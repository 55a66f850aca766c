/** The providers we ship, in the order in which a key is looked for when a caller names none. */
export const knownProviders = ["anthropic", "openai", "groq"] as const;
