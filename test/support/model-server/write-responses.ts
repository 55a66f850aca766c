import { type Answer, toEvent, toPieces } from "./answer.ts";
import type { Json, JsonRecord } from "./reply.ts";

/**
 * The events of a Responses stream (platform.openai.com, "Responses streaming events"), as far as
 * text, reasoning summaries and function calls need them.
 */
export function writeResponses(answer: Answer): string[] {
  const items = [
    ...toReasoning(answer),
    ...toMessage(answer),
    ...answer.toolCalls.map((call) => toCall(call, answer.pieces)),
  ];
  const response: JsonRecord = {
    id: answer.id,
    object: "response",
    created_at: 1_700_000_000,
    model: answer.model,
    status: "in_progress",
    output: [],
  };
  return [
    event("response.created", { response }),
    event("response.in_progress", { response }),
    ...items.flatMap((item, index) => toItemEvents(item, index)),
    toEnd(answer, response),
  ];
}

export function writeResponsesError(type: string, message: string): string {
  return event("error", { sequence_number: 1, error: { type, code: type, message, param: null } });
}

interface Item {
  added: JsonRecord;
  deltas: JsonRecord[];
  done: JsonRecord;
}

function event(type: string, data: JsonRecord): string {
  return toEvent({ type, ...data }, type);
}

function toItemEvents(item: Item, index: number): string[] {
  return [
    event("response.output_item.added", {
      output_index: index,
      item: { ...item.added, status: "in_progress" },
    }),
    ...item.deltas.map((delta) => toEvent({ ...delta, output_index: index })),
    event("response.output_item.done", { output_index: index, item: { ...item.done, status: "completed" } }),
  ];
}

function toReasoning(answer: Answer): Item[] {
  if (answer.thinking === null) return [];
  const id = `rs_${answer.id}`;
  const base = { type: "reasoning", id, encrypted_content: answer.signature };
  const summary: Json = [{ type: "summary_text", text: answer.thinking }];
  const at = { item_id: id, summary_index: 0 };
  return [
    {
      added: { ...base, summary: [] },
      deltas: [
        { type: "response.reasoning_summary_part.added", ...at, part: { type: "summary_text", text: "" } },
        ...toPieces(answer.thinking, answer.pieces).map((delta) => ({
          type: "response.reasoning_summary_text.delta",
          item_id: id,
          summary_index: 0,
          delta,
        })),
        {
          type: "response.reasoning_summary_part.done",
          ...at,
          part: { type: "summary_text", text: answer.thinking },
        },
      ],
      done: { ...base, summary },
    },
  ];
}

function toMessage(answer: Answer): Item[] {
  if (answer.text === null) return [];
  const id = `item_${answer.id}`;
  const content: Json = [{ type: "output_text", text: answer.text, annotations: [] }];
  return [
    {
      added: { type: "message", id, role: "assistant", content: [] },
      deltas: toPieces(answer.text, answer.pieces).map((delta) => ({
        type: "response.output_text.delta",
        item_id: id,
        content_index: 0,
        delta,
      })),
      done: { type: "message", id, role: "assistant", content },
    },
  ];
}

function toCall(call: Answer["toolCalls"][number], pieces: number): Item {
  const base: JsonRecord = { type: "function_call", id: `fc_${call.id}`, call_id: call.id, name: call.name };
  if (call.namespace !== undefined) base["namespace"] = call.namespace;
  return {
    added: { ...base, arguments: "" },
    deltas: toPieces(call.inputJson, pieces).map((delta) => ({
      type: "response.function_call_arguments.delta",
      item_id: `fc_${call.id}`,
      delta,
    })),
    done: { ...base, arguments: call.inputJson, status: "completed" },
  };
}

function toEnd(answer: Answer, response: JsonRecord): string {
  const usage = toUsage(answer);
  const cutReason = answer.stop === "length" ? "max_output_tokens" : "content_filter";
  return answer.stop === "length" || answer.stop === "content-filter"
    ? event("response.incomplete", {
        response: { ...response, usage, incomplete_details: { reason: cutReason } },
      })
    : event("response.completed", { response: { ...response, usage, status: "completed" } });
}

function toUsage({ usage, rawUsage }: Answer): JsonRecord | null {
  if (rawUsage !== null) return rawUsage;
  if (usage === null) return null;
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    input_tokens_details: { cached_tokens: usage.cacheReadTokens },
    output_tokens_details: { reasoning_tokens: 0 },
  };
}
