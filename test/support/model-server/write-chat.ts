import { type Answer, toEvent, toPieces } from "./answer.ts";
import type { Json, JsonRecord, ParsedRequest } from "./reply.ts";

const finishReasons = {
  stop: "stop",
  length: "length",
  "content-filter": "content_filter",
  "tool-calls": "tool_calls",
};

/**
 * The chunks of a chat completions stream (platform.openai.com, "Chat completion chunk"). Usage comes
 * in a last chunk without choices if `include_usage` asked for it; Groq sends it as `x_groq.usage`
 * beside the finish reason, asked or not (console.groq.com, "API reference").
 */
export function writeChat(answer: Answer, request: ParsedRequest): string[] {
  const isGroq =
    request.path.startsWith("/openai/") || /ai-sdk-groq/.test(request.headers["user-agent"] ?? "");
  const chunk = (delta: JsonRecord, more: JsonRecord = {}): string =>
    toEvent({ ...toBase(answer), choices: [{ index: 0, delta, finish_reason: null }], ...more });
  const usage = toUsage(answer);
  const end: Json = {
    ...toBase(answer),
    choices: [{ index: 0, delta: {}, finish_reason: finishReasons[answer.stop] }],
    // Mistral's usage is in the chunk that finishes, asked or not (docs.mistral.ai, "Chat").
    ...(request.model.startsWith("mistral-") && usage !== null ? { usage } : {}),
    ...(isGroq && usage !== null ? { x_groq: { id: answer.id, usage } } : {}),
  };
  const wantsUsage = JSON.stringify(request.body["stream_options"] ?? null).includes('"include_usage":true');
  return [
    chunk({ role: "assistant", content: "" }),
    ...toReasoning(answer, isGroq).map((delta) => chunk(delta)),
    ...toText(answer).map((delta) => chunk(delta)),
    ...toCalls(answer).map((delta) => chunk(delta)),
    toEvent(end),
    ...(wantsUsage && usage !== null ? [toEvent({ ...toBase(answer), choices: [], usage })] : []),
    "data: [DONE]\n\n",
  ];
}

export function writeChatError(type: string, message: string): string {
  return toEvent({ error: { type, message, code: type, param: null } });
}

function toBase(answer: Answer): JsonRecord {
  return { id: answer.id, object: "chat.completion.chunk", created: 1_700_000_000, model: answer.model };
}

function toReasoning(answer: Answer, isGroq: boolean): JsonRecord[] {
  if (answer.thinking === null) return [];
  const key = isGroq ? "reasoning" : "reasoning_content";
  return toPieces(answer.thinking, answer.pieces).map((piece) => ({ [key]: piece }));
}

function toText(answer: Answer): JsonRecord[] {
  return answer.text === null ? [] : toPieces(answer.text, answer.pieces).map((content) => ({ content }));
}

/** The first delta of a call names it, the others bring its arguments piece by piece. */
function toCalls(answer: Answer): JsonRecord[] {
  return answer.toolCalls.flatMap((call, index) => [
    {
      tool_calls: [{ index, id: call.id, type: "function", function: { name: call.name, arguments: "" } }],
    },
    ...toPieces(call.inputJson, answer.pieces).map((piece) => ({
      tool_calls: [{ index, function: { arguments: piece } }],
    })),
  ]);
}

function toUsage({ usage, rawUsage }: Answer): JsonRecord | null {
  if (rawUsage !== null) return rawUsage;
  if (usage === null) return null;
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: usage.cacheReadTokens },
    // DeepSeek's own words for the same.
    prompt_cache_hit_tokens: usage.cacheReadTokens,
    prompt_cache_miss_tokens: usage.inputTokens - usage.cacheReadTokens,
  };
}
