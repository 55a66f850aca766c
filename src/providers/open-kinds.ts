import type { Endpoint, Opening } from "./endpoint.ts";
import { toSettings } from "./endpoint.ts";

/* One SDK each, imported when its provider is called first. */

export async function openGoogle(endpoint: Endpoint): Promise<Opening> {
  const { createGoogle } = await import("@ai-sdk/google");
  const provider = createGoogle({ ...toSettings(endpoint), apiKey: endpoint.apiKey });
  return { model: provider(endpoint.model), defaults: {} };
}

export async function openMistral(endpoint: Endpoint): Promise<Opening> {
  const { createMistral } = await import("@ai-sdk/mistral");
  const provider = createMistral({ ...toSettings(endpoint), apiKey: endpoint.apiKey });
  return { model: provider(endpoint.model), defaults: {} };
}

/** Speaks the Responses API; nothing is stored on the other side, so our history stays the whole truth. */
export async function openXai(endpoint: Endpoint): Promise<Opening> {
  const { createXai } = await import("@ai-sdk/xai");
  const provider = createXai({ ...toSettings(endpoint), apiKey: endpoint.apiKey });
  return { model: provider.responses(endpoint.model), defaults: { xai: { store: false } } };
}

export async function openDeepSeek(endpoint: Endpoint): Promise<Opening> {
  const { createDeepSeek } = await import("@ai-sdk/deepseek");
  const provider = createDeepSeek({ ...toSettings(endpoint), apiKey: endpoint.apiKey });
  return { model: provider(endpoint.model), defaults: {} };
}
