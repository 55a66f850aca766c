/*
 * Names of OpenTelemetry's semantic conventions for generative AI, as of their version 1.40 (still "development":
 * they change, and only here), and the few of our own.
 */

export const operations = {
  batch: "invoke_workflow",
  session: "invoke_agent",
  chat: "chat",
  tool: "execute_tool",
} as const;

export const names = {
  operation: "gen_ai.operation.name",
  provider: "gen_ai.provider.name",
  requestModel: "gen_ai.request.model",
  finishReasons: "gen_ai.response.finish_reasons",
  inputTokens: "gen_ai.usage.input_tokens",
  outputTokens: "gen_ai.usage.output_tokens",
  cacheReadTokens: "gen_ai.usage.cache_read.input_tokens",
  cacheWriteTokens: "gen_ai.usage.cache_creation.input_tokens",
  agentName: "gen_ai.agent.name",
  conversation: "gen_ai.conversation.id",
  toolName: "gen_ai.tool.name",
  toolCallId: "gen_ai.tool.call.id",
  toolType: "gen_ai.tool.type",
  errorType: "error.type",
  sessionId: "profclaw.session.id",
  batchId: "profclaw.batch.id",
  batchSessions: "profclaw.batch.sessions",
  status: "profclaw.status",
  reason: "profclaw.reason",
  role: "profclaw.role",
  turn: "profclaw.turn",
  turns: "profclaw.turns",
  costUsd: "profclaw.cost_usd",
} as const;

const providerNames: Readonly<Record<string, string>> = {
  google: "gcp.gemini",
  mistral: "mistral_ai",
  xai: "x_ai",
};

/** The convention's word for a provider, where it has one; else ours. */
export function toProviderName(provider: string): string {
  return Object.hasOwn(providerNames, provider) ? (providerNames[provider] ?? provider) : provider;
}
