import { type Answer, toEvent, toPieces } from "./answer.ts";
import type { Json, JsonRecord } from "./reply.ts";

const stopReasons = {
  stop: "end_turn",
  length: "max_tokens",
  "content-filter": "refusal",
  "tool-calls": "tool_use",
};

/** The events of a Messages stream (docs.anthropic.com, "Streaming Messages"). */
export function writeAnthropic(answer: Answer): string[] {
  const blocks = toBlocks(answer);
  return [
    toStart(answer),
    ...Array.from({ length: answer.pings }, () => toEvent({ type: "ping" }, "ping")),
    ...blocks.flatMap((block, index) => toBlockEvents(block, index)),
    toEnd(answer),
    toEvent({ type: "message_stop" }, "message_stop"),
  ];
}

/** An error event inside a stream, as the API sends `overloaded_error`. */
export function writeAnthropicError(type: string, message: string): string {
  return toEvent({ type: "error", error: { type, message } }, "error");
}

interface Block {
  start: JsonRecord;
  deltas: JsonRecord[];
}

function toBlocks(answer: Answer): Block[] {
  const blocks: Block[] = [];
  if (answer.thinking !== null) blocks.push(toThinkingBlock(answer, answer.thinking));
  if (answer.redactedThinking !== null) {
    blocks.push({ start: { type: "redacted_thinking", data: answer.redactedThinking }, deltas: [] });
  }
  if (answer.text !== null) {
    const deltas = toPieces(answer.text, answer.pieces).map((text) => ({ type: "text_delta", text }));
    blocks.push({ start: { type: "text", text: "" }, deltas });
  }
  for (const call of answer.toolCalls) {
    const pieces = toPieces(call.inputJson, answer.pieces);
    blocks.push({
      start: { type: "tool_use", id: call.id, name: call.name, input: {} },
      deltas: ["", ...pieces].map((piece) => ({ type: "input_json_delta", partial_json: piece })),
    });
  }
  return blocks;
}

function toThinkingBlock(answer: Answer, thinking: string): Block {
  return {
    start: { type: "thinking", thinking: "", signature: "" },
    deltas: [
      ...toPieces(thinking, answer.pieces).map((piece) => ({ type: "thinking_delta", thinking: piece })),
      { type: "signature_delta", signature: answer.signature },
    ],
  };
}

function toBlockEvents(block: Block, index: number): string[] {
  return [
    toEvent({ type: "content_block_start", index, content_block: block.start }, "content_block_start"),
    ...block.deltas.map((delta) =>
      toEvent({ type: "content_block_delta", index, delta }, "content_block_delta"),
    ),
    toEvent({ type: "content_block_stop", index }, "content_block_stop"),
  ];
}

function toStart(answer: Answer): string {
  const usage: JsonRecord =
    answer.rawUsage ??
    (answer.usage === null ? { input_tokens: 0 } : { ...toInput(answer), output_tokens: 1 });
  const message: Json = {
    id: answer.id,
    type: "message",
    role: "assistant",
    model: answer.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage,
  };
  return toEvent({ type: "message_start", message }, "message_start");
}

function toEnd(answer: Answer): string {
  const usage: JsonRecord =
    answer.rawUsage ??
    (answer.usage === null ? {} : { ...toInput(answer), output_tokens: answer.usage.outputTokens });
  const delta = { stop_reason: stopReasons[answer.stop], stop_sequence: null };
  return toEvent({ type: "message_delta", delta, usage }, "message_delta");
}

// On this wire input_tokens counts neither cache reads nor writes.
function toInput({ usage }: Answer): JsonRecord {
  if (usage === null) return {};
  return {
    input_tokens: usage.inputTokens - usage.cacheReadTokens - usage.cacheWriteTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    cache_creation_input_tokens: usage.cacheWriteTokens,
  };
}
