import type { JsonObject, JsonValue } from "./json.ts";

/**
 * What a model said, kept verbatim for the next request: `providerOptions` carries thinking
 * signatures and the like. The shapes are those of the AI SDK's LanguageModelV4 prompt parts, so
 * that nothing is lost or translated between journal and wire.
 */
export type AssistantPart = TextPart | ReasoningPart | ToolCallPart | OpaquePart;

export interface TextPart {
  type: "text";
  text: string;
  providerOptions?: Record<string, JsonObject>;
}

export interface ReasoningPart {
  type: "reasoning";
  text: string;
  providerOptions?: Record<string, JsonObject>;
}

export interface ToolCallPart {
  type: "tool-call";
  toolCallId: string;
  toolName: string;
  input: JsonValue;
  providerOptions?: Record<string, JsonObject>;
}

/** A provider's own content that only it understands; goes back as it came. */
export interface OpaquePart {
  type: "custom";
  kind: `${string}.${string}`;
  providerOptions?: Record<string, JsonObject>;
}

export function toPlainText(parts: readonly AssistantPart[]): string {
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}

export function toToolCalls(parts: readonly AssistantPart[]): ToolCallPart[] {
  return parts.filter((part) => part.type === "tool-call");
}
