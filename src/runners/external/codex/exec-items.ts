import { type Usage, toTokenCount } from "../../../core/usage.ts";
import { type JsonRecord, toRecord } from "../json-record.ts";
import { toText } from "./codex-items.ts";

/** Items of `codex exec` by the names that its app-server has for them. */
const kinds: Readonly<Record<string, string>> = {
  command_execution: "commandExecution",
  file_change: "fileChange",
  mcp_tool_call: "mcpToolCall",
  collab_tool_call: "collabAgentToolCall",
  web_search: "webSearch",
  agent_message: "agentMessage",
  reasoning: "reasoning",
};

/** An item as the app-server would tell it. `run`: its ids begin anew in each. Null: it is nothing of a model's. */
export function toServerItem(item: JsonRecord, run: number): JsonRecord | null {
  const type = kinds[toText(item["type"])];
  if (type === undefined) return null;
  return {
    ...item,
    type,
    id: `${run}.${toText(item["id"])}`,
    aggregatedOutput: item["aggregated_output"],
    exitCode: item["exit_code"],
    summary: [toText(item["text"])],
  };
}

/** What a thread has used, from its first turn on. */
export function readTotal(turn: JsonRecord): Usage {
  const usage = toRecord(turn["usage"]) ?? {};
  return {
    inputTokens: toTokenCount(usage["input_tokens"]),
    outputTokens: toTokenCount(usage["output_tokens"]),
    cacheReadTokens: toTokenCount(usage["cached_input_tokens"]),
    cacheWriteTokens: toTokenCount(usage["cache_write_input_tokens"]),
  };
}
