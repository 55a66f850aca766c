import type { AssistantPart } from "../../../core/content.ts";
import type { JsonValue } from "../../../core/json.ts";
import { type Usage, addUsage, noUsage, toTokenCount } from "../../../core/usage.ts";
import { type JsonRecord, toRecord, toRecords } from "../json-record.ts";

/** The content of a message, as far as it is of a kind that we keep. */
export function readParts(content: unknown): AssistantPart[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return toRecords(content).flatMap((block): AssistantPart[] => {
    if (block["type"] === "text") return [{ type: "text", text: toText(block["text"]) }];
    if (block["type"] === "thinking") return [{ type: "reasoning", text: toText(block["thinking"]) }];
    if (block["type"] !== "tool_use") return [];
    const { id, name, input } = block;
    return [
      {
        type: "tool-call",
        toolCallId: toText(id),
        toolName: toText(name),
        input: (input ?? {}) as JsonValue,
      },
    ];
  });
}

// What a tool answered is in its own transcript whole; ours keeps what a person reads.
const longestResult = 64 * 1024;

/** The answers to tool calls that a user message brings. */
export function readResults(content: unknown): { id: string; text: string; isError: boolean }[] {
  return toRecords(content)
    .filter((block) => block["type"] === "tool_result")
    .map((block) => ({
      id: toText(block["tool_use_id"]),
      text: toResultText(block["content"]),
      isError: block["is_error"] === true,
    }));
}

function toResultText(content: unknown): string {
  const text =
    typeof content === "string"
      ? content
      : toRecords(content)
          .map((block) => (block["type"] === "text" ? toText(block["text"]) : `[${toText(block["type"])}]`))
          .join("\n");
  if (text.length <= longestResult) return text;
  return `${text.slice(0, longestResult)}\n[${text.length - longestResult} characters more]`;
}

/** Anthropic counts input without what came from the cache; we count all of it. */
export function readUsage(usage: JsonRecord): Usage {
  const cacheReadTokens = toTokenCount(usage["cache_read_input_tokens"]);
  const cacheWriteTokens = toTokenCount(usage["cache_creation_input_tokens"]);
  return {
    inputTokens: toTokenCount(usage["input_tokens"]) + cacheReadTokens + cacheWriteTokens,
    outputTokens: toTokenCount(usage["output_tokens"]),
    cacheReadTokens,
    cacheWriteTokens,
  };
}

/** The totals of all models that a run used. */
function sumModels(models: JsonRecord): Usage {
  return toRecords(Object.values(models))
    .map((model) =>
      readUsage({
        input_tokens: model["inputTokens"],
        output_tokens: model["outputTokens"],
        cache_read_input_tokens: model["cacheReadInputTokens"],
        cache_creation_input_tokens: model["cacheCreationInputTokens"],
      }),
    )
    .reduce(addUsage, noUsage);
}

/** A cost and the usage that made it, as its results and its files tell them; null: there is none. */
export function readTotals(costUsd: unknown, models: unknown): { usage: Usage; microUsd: number } | null {
  if (typeof costUsd !== "number" || !Number.isFinite(costUsd) || costUsd < 0) return null;
  return { usage: sumModels(toRecord(models) ?? {}), microUsd: Math.ceil(Math.round(costUsd * 1e9) / 1e3) };
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : "";
}
