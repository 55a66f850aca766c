import { toContentText, toRecord, toRecords, toText } from "../support/model-server/json.ts";
import type { JsonRecord, ParsedRequest } from "../support/model-server/reply.ts";

/** A tool call of this session, and what came of it. */
export interface PastCall {
  tool: string;
  input: JsonRecord;
  /** Empty for one that is not answered yet. */
  result: string;
}

/** Every call that the session has made so far, in order, as its model is told. */
export function listPastCalls({ messages }: Pick<ParsedRequest, "messages">): PastCall[] {
  const blocks = toRecords(messages).flatMap(({ content }) => toRecords(content));
  const results = new Map(
    blocks
      .filter(({ type }) => type === "tool_result")
      .map((block) => [toText(block["tool_use_id"]), toContentText(block["content"])]),
  );
  return blocks
    .filter(({ type }) => type === "tool_use")
    .map(({ id, name, input }) => ({
      tool: toText(name),
      input: toRecord(input),
      result: results.get(toText(id)) ?? "",
    }));
}

/** The results of one tool, in order. */
export function resultsOf(calls: readonly PastCall[], tool: string): string[] {
  return calls.filter((call) => call.tool === tool).map(({ result }) => result);
}
