import type { IncomingHttpHeaders } from "node:http";
import { toContentText, toList, toRecord, toRecords, toText } from "./json.ts";
import type { JsonRecord, ParsedRequest, ToolResultSeen, Wire } from "./reply.ts";

export interface RawRequest {
  wire: Wire;
  path: string;
  body: JsonRecord;
  headers: IncomingHttpHeaders;
}

/** One view of four wires. Tolerant: what the real API would refuse is the checks' business. */
export function parseRequest(raw: RawRequest): ParsedRequest {
  if (raw.wire === "anthropic") return parseAnthropic(raw);
  if (raw.wire === "gemini") return parseGemini(raw);
  return raw.wire === "openai-chat" ? parseChat(raw) : parseResponses(raw);
}

function parseAnthropic(raw: RawRequest): ParsedRequest {
  const messages = toRecords(raw.body["messages"]);
  const userTexts = messages
    .filter((message) => message["role"] === "user")
    .map((message) => toContentText(message["content"]))
    .filter((text) => text !== "");
  const last = messages.at(-1);
  return {
    ...toBase(raw),
    system: toContentText(raw.body["system"]),
    ...toEnds(userTexts),
    turn: messages.filter((message) => message["role"] === "assistant").length,
    toolNames: toRecords(raw.body["tools"]).map((tool) => toText(tool["name"])),
    toolResults: toRecords(last?.["content"])
      .filter((part) => part["type"] === "tool_result")
      .map((part) => ({
        id: toText(part["tool_use_id"]),
        text: toContentText(part["content"]),
        isError: part["is_error"] === true,
      })),
    messages: toList(raw.body["messages"]),
  };
}

function parseChat(raw: RawRequest): ParsedRequest {
  const messages = toRecords(raw.body["messages"]);
  const texts = (role: string): string[] =>
    messages
      .filter((message) => message["role"] === role)
      .map((message) => toContentText(message["content"]));
  const lastAssistant = messages.findLastIndex((message) => message["role"] === "assistant");
  return {
    ...toBase(raw),
    system: [...texts("system"), ...texts("developer")].join("\n"),
    ...toEnds(texts("user")),
    turn: texts("assistant").length,
    toolNames: toRecords(raw.body["tools"]).map((tool) =>
      toText(toRecords([tool["function"] ?? null])[0]?.["name"]),
    ),
    toolResults: messages
      .slice(lastAssistant + 1)
      .filter((message) => message["role"] === "tool")
      .map((message) => toChatResult(toText(message["tool_call_id"]), toContentText(message["content"]))),
    messages: toList(raw.body["messages"]),
  };
}

function parseResponses(raw: RawRequest): ParsedRequest {
  const items = toRecords(raw.body["input"]);
  const texts = (role: string): string[] =>
    items.filter((item) => item["role"] === role).map((item) => toContentText(item["content"]));
  const lastModel = items.findLastIndex((item) => isModelItem(item));
  return {
    ...toBase(raw),
    system: [toText(raw.body["instructions"]), ...texts("system"), ...texts("developer")]
      .filter((text) => text !== "")
      .join("\n"),
    ...toEnds(texts("user")),
    turn: items.filter((item, index) => isModelItem(item) && !isModelItem(items[index - 1] ?? {})).length,
    toolNames: toRecords(raw.body["tools"]).map((tool) => toText(tool["name"])),
    toolResults: items
      .slice(lastModel + 1)
      .filter((item) => item["type"] === "function_call_output")
      .map((item) => toChatResult(toText(item["call_id"]), toContentText(item["output"]))),
    messages: toList(raw.body["input"]),
  };
}

function parseGemini(raw: RawRequest): ParsedRequest {
  const contents = toRecords(raw.body["contents"]);
  const texts = contents
    .filter((content) => content["role"] === "user")
    .map((content) => toContentText(content["parts"]))
    .filter((text) => text !== "");
  const declared = toRecords(raw.body["tools"]).flatMap((tool) => toRecords(tool["functionDeclarations"]));
  const last = toRecords(contents.at(-1)?.["parts"]).map((part) => toRecord(part["functionResponse"]));
  return {
    ...toBase(raw),
    // It stands in the path, and not in the body.
    model: /\/models\/([^/:]+):/.exec(raw.path)?.[1] ?? "",
    system: toContentText(toRecord(raw.body["systemInstruction"])["parts"]),
    ...toEnds(texts),
    turn: contents.filter((content) => content["role"] === "model").length,
    toolNames: declared.map((tool) => toText(tool["name"])),
    toolResults: last
      .filter((response) => response["name"] !== undefined)
      .map((response) => ({
        id: toText(response["id"]),
        text: toText(toRecord(response["response"])["content"]),
        isError: false,
      })),
    messages: toList(raw.body["contents"]),
  };
}

/** Items that a model made; a run of them is one turn. */
function isModelItem(item: JsonRecord): boolean {
  return item["role"] === "assistant" || item["type"] === "function_call" || item["type"] === "reasoning";
}

// These wires have no error flag: the AI SDK writes an error result as {"error": …}.
function toChatResult(id: string, text: string): ToolResultSeen {
  return { id, text, isError: text.startsWith('{"error":') };
}

function toEnds(userTexts: readonly string[]): { firstUserText: string; lastUserText: string } {
  return { firstUserText: userTexts[0] ?? "", lastUserText: userTexts.at(-1) ?? "" };
}

function toBase(raw: RawRequest): Pick<ParsedRequest, "wire" | "path" | "model" | "body" | "headers"> {
  return { ...raw, model: toText(raw.body["model"]) };
}
