import { type Answer, toEvent, toPieces } from "./answer.ts";
import type { Json, JsonRecord } from "./reply.ts";

// This wire has no word of its own for tool calls: they end with STOP.
const finishReasons = {
  stop: "STOP",
  length: "MAX_TOKENS",
  "content-filter": "SAFETY",
  "tool-calls": "STOP",
};

/**
 * The chunks of streamGenerateContent with alt=sse (ai.google.dev, "Text generation", "Thinking", "Thought
 * signatures"). A step's first function call carries the signature; where there is none, an empty text does.
 */
export function writeGemini(answer: Answer): string[] {
  const chunk = (parts: JsonRecord[], more: JsonRecord = {}): string =>
    toEvent(toChunk(answer, { content: { parts, role: "model" }, index: 0, ...more }, {}));
  const thoughts = answer.thinking === null ? [] : toPieces(answer.thinking, answer.pieces);
  const texts = answer.text === null ? [] : toPieces(answer.text, answer.pieces);
  const isSigned = answer.thinking !== null && answer.toolCalls.length === 0;
  const end = {
    content: { parts: isSigned ? [{ text: "", thoughtSignature: answer.signature }] : [], role: "model" },
    finishReason: finishReasons[answer.stop],
    index: 0,
  };
  return [
    ...thoughts.map((text) => chunk([{ text, thought: true }])),
    ...texts.map((text) => chunk([{ text }])),
    ...(answer.toolCalls.length === 0 ? [] : [chunk(toCalls(answer))]),
    toEvent(toChunk(answer, end, toUsage(answer))),
  ];
}

export function writeGeminiError(message: string): string {
  return toEvent({ error: { code: 503, message, status: "UNAVAILABLE" } });
}

/** The words that go with a status (google.rpc.Code). */
export function toGeminiError(status: number, message: string): JsonRecord {
  const words: Record<number, string> = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
  };
  return { error: { code: status, message, status: words[status] ?? "INTERNAL" } };
}

function toChunk(answer: Answer, candidate: JsonRecord, more: JsonRecord): Json {
  return { candidates: [candidate], modelVersion: answer.model, responseId: answer.id, ...more };
}

/** Arguments come whole, as an object: there is no broken JSON on this wire. */
function toCalls(answer: Answer): JsonRecord[] {
  return answer.toolCalls.map(({ id, name, inputJson }, index) => ({
    functionCall: { id, name, args: JSON.parse(inputJson) as Json },
    ...(index === 0 ? { thoughtSignature: answer.signature } : {}),
  }));
}

// Thoughts are billed as output, and counted beside the candidates.
function toUsage({ usage, rawUsage, thinking }: Answer): JsonRecord {
  if (rawUsage !== null) return { usageMetadata: rawUsage };
  if (usage === null) return {};
  const thoughts = thinking === null ? 0 : Math.floor(usage.outputTokens / 3);
  return {
    usageMetadata: {
      promptTokenCount: usage.inputTokens,
      cachedContentTokenCount: usage.cacheReadTokens,
      candidatesTokenCount: usage.outputTokens - thoughts,
      ...(thoughts === 0 ? {} : { thoughtsTokenCount: thoughts }),
      totalTokenCount: usage.inputTokens + usage.outputTokens,
    },
  };
}
