export interface Credential {
  apiKey?: string | undefined;
  /** With or without `/v1`. */
  baseUrl?: string | undefined;
  /** What a custom URL for openai speaks. Default chat; OpenAI itself is always spoken to in responses. */
  openaiApi?: "chat" | "responses" | undefined;
}

/** Keys and URLs as they are known right now: a client's shell may bring some at any time. */
export interface Credentials {
  get(provider: string): Credential | undefined;
}
