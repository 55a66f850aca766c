import type { Answer } from "./plan.ts";

/** What one event of an answer needs: its type and its fields, as the Messages API streams them. */
export interface AnswerEvent {
  type: string;
  [field: string]: unknown;
}

export interface AnswerFacts {
  /** Unique per answer: tool calls are told apart by it. */
  messageId: string;
  model: string;
  inputTokens: number;
  outputTokens: number;
  /** Characters per delta. */
  chunkLength: number;
}

/** An answer as the events of the Anthropic Messages stream, in order. */
export function* toAnswerEvents(answer: Answer, facts: AnswerFacts): Generator<AnswerEvent> {
  const { messageId, model, inputTokens, outputTokens } = facts;
  yield {
    type: "message_start",
    message: {
      id: messageId,
      type: "message",
      role: "assistant",
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: inputTokens, output_tokens: 1 },
    },
  };
  yield* toTextBlock(answer.text, facts.chunkLength);
  yield* answer.calls.flatMap((call, at) => [
    ...toCallBlock({ ...call, id: `toolu_${messageId}_${at + 1}` }, at + 1),
  ]);
  const stop_reason = answer.calls.length === 0 ? "end_turn" : "tool_use";
  yield {
    type: "message_delta",
    delta: { stop_reason, stop_sequence: null },
    usage: { output_tokens: outputTokens },
  };
  yield { type: "message_stop" };
}

function* toTextBlock(text: string, chunkLength: number): Generator<AnswerEvent> {
  yield { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } };
  // By code points (u): half a character is not text.
  for (const piece of text.match(new RegExp(`.{1,${chunkLength}}`, "gsu")) ?? []) {
    yield { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: piece } };
  }
  yield { type: "content_block_stop", index: 0 };
}

function* toCallBlock(
  { id, tool, input }: Answer["calls"][number] & { id: string },
  index: number,
): Generator<AnswerEvent> {
  const block = { type: "tool_use", id, name: tool, input: {} };
  yield { type: "content_block_start", index, content_block: block };
  const delta = { type: "input_json_delta", partial_json: JSON.stringify(input) };
  yield { type: "content_block_delta", index, delta };
  yield { type: "content_block_stop", index };
}

/** One event as it goes over the wire. */
export function toEventText(event: AnswerEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
