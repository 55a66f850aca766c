import type { AssistantPart, ToolCallPart } from "../../../core/content.ts";
import type { JsonValue } from "../../../core/json.ts";
import { type Usage, toTokenCount } from "../../../core/usage.ts";
import { type JsonRecord, toRecord } from "../json-record.ts";

/** Things that codex does, by the kind of its item; what is not here is no tool of a model's. */
const toolCalls: Readonly<Record<string, (item: JsonRecord) => { tool: string; input: JsonValue }>> = {
  commandExecution: ({ command, cwd }) => ({ tool: "shell", input: toInput({ command, cwd }) }),
  fileChange: ({ changes }) => ({ tool: "apply_patch", input: toInput({ changes }) }),
  mcpToolCall: ({ server, tool, arguments: input }) => ({
    tool: `mcp__${toText(server)}__${toText(tool)}`,
    input: toInput(input ?? {}),
  }),
  dynamicToolCall: ({ tool, arguments: input }) => ({ tool: toText(tool), input: toInput(input ?? {}) }),
  collabAgentToolCall: ({ tool, prompt }) => ({ tool: toText(tool), input: toInput({ prompt }) }),
  webSearch: ({ query }) => ({ tool: "web_search", input: toInput({ query }) }),
  imageView: ({ path }) => ({ tool: "view_image", input: toInput({ path }) }),
};

/** The call that an item is; null for one that is none. */
export function readCall(item: JsonRecord): ToolCallPart | null {
  const call = toolCalls[toText(item["type"])]?.(item);
  if (call === undefined) return null;
  return { type: "tool-call", toolCallId: toText(item["id"]), toolName: call.tool, input: call.input };
}

// What a tool answered is in its own transcript whole; ours keeps what a person reads.
const longestResult = 64 * 1024;

/** How a call went. */
export function readResult(item: JsonRecord): { text: string; isError: boolean } {
  const text = toResultText(item);
  const { exitCode, status, success } = item;
  const hasFailed = status === "failed" || status === "declined" || success === false;
  const isError = hasFailed || (typeof exitCode === "number" && exitCode !== 0);
  if (text.length <= longestResult) return { text, isError };
  const rest = `[${text.length - longestResult} characters more]`;
  return { text: `${text.slice(0, longestResult)}\n${rest}`, isError };
}

function toResultText(item: JsonRecord): string {
  if (item["type"] === "commandExecution") {
    const output = toText(item["aggregatedOutput"]);
    const code = item["exitCode"];
    return typeof code === "number" && code !== 0 ? `${output}\n[exit code ${code}]` : output;
  }
  const error = toRecord(item["error"])?.["message"];
  if (typeof error === "string") return error;
  const content = toRecord(item["result"])?.["content"] ?? item["contentItems"];
  if (Array.isArray(content)) return content.map(toContentText).join("\n");
  return toText(item["status"]);
}

function toContentText(part: unknown): string {
  const record = toRecord(part) ?? {};
  return typeof record["text"] === "string" ? record["text"] : `[${toText(record["type"])}]`;
}

/** What the model said, where an item is that. */
export function readSaid(item: JsonRecord): AssistantPart | null {
  if (item["type"] === "agentMessage") return { type: "text", text: toText(item["text"]) };
  if (item["type"] !== "reasoning") return null;
  const summary = item["summary"];
  const text = Array.isArray(summary) ? summary.map(toText).join("\n\n") : "";
  return text === "" ? null : { type: "reasoning", text };
}

/** One count of tokens; its input has what came from the cache in it, as ours has. */
export function readCount(record: JsonRecord): Usage {
  return {
    inputTokens: toTokenCount(record["inputTokens"]),
    outputTokens: toTokenCount(record["outputTokens"]),
    cacheReadTokens: toTokenCount(record["cachedInputTokens"]),
    cacheWriteTokens: toTokenCount(record["cacheWriteInputTokens"]),
  };
}

export function toText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** It came out of JSON. */
function toInput(value: unknown): JsonValue {
  return value as JsonValue;
}
