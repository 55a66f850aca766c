import { toRecord, toRecords, toText } from "./json.ts";
import type { Json, JsonRecord, ParsedRequest } from "./reply.ts";
import { checkAnswers, checkTools, findRepeated, toolNamePattern } from "./tool-checks.ts";

/** What a chat completions server answers 400 to, as far as a client of ours can get it wrong. */
export function checkChat({ body }: ParsedRequest): string[] {
  const messages = toRecords(body["messages"]);
  const functions = toRecords(body["tools"]).map((tool) => toRecord(tool["function"]));
  const calls = messages.flatMap((message) => toRecords(message["tool_calls"]));
  return [
    ...(toText(body["model"]) === "" ? ["you must provide a model parameter"] : []),
    ...(messages.length === 0 ? ["messages: array too short"] : []),
    ...(messages.at(-1)?.["role"] === "assistant" ? ["the last message must not be the assistant's"] : []),
    ...checkTools(
      functions.map((tool) => ({ name: toText(tool["name"]), schema: tool["parameters"] })),
      toolNamePattern.openai,
    ),
    ...messages.flatMap((message, index) => checkChatMessage(message, index)),
    ...messages.flatMap((_, index) => checkChatAnswers(messages, index)),
    ...checkCalls(calls.map((call) => toCallSeen(toRecord(call["function"]), call["id"]))),
  ];
}

function checkChatMessage(message: JsonRecord, index: number): string[] {
  const content = message["content"];
  const calls = toRecords(message["tool_calls"]);
  const isEmpty = content === null || content === undefined || content === "";
  if (message["role"] === "assistant" && isEmpty && calls.length === 0) {
    return [`messages.${index}: an assistant message needs content or tool calls`];
  }
  return message["role"] === "user" && isEmpty ? [`messages.${index}: content must not be empty`] : [];
}

/** The tool messages that follow an assistant message answer exactly its calls. */
function checkChatAnswers(messages: readonly JsonRecord[], index: number): string[] {
  const message = messages[index];
  if (message?.["role"] === "tool") {
    const before = messages[index - 1]?.["role"];
    return before === "tool" || before === "assistant" ? [] : ["a tool message must follow tool_calls"];
  }
  if (message?.["role"] !== "assistant") return [];
  const rest = messages.slice(index + 1);
  const end = rest.findIndex((next) => next["role"] !== "tool");
  const answers = end === -1 ? rest : rest.slice(0, end);
  return checkAnswers(
    toRecords(message["tool_calls"]).map((call) => toText(call["id"])),
    answers.map((answer) => toText(answer["tool_call_id"])),
  );
}

/** The Responses API: items in, every function_call answered, nothing stored on the other side. */
export function checkResponses({ body }: ParsedRequest): string[] {
  const items = toRecords(body["input"]);
  const calls = items.filter((item) => item["type"] === "function_call");
  // Others are the provider's own (web_search), or groups of them.
  const functions = toRecords(body["tools"]).filter((tool) => tool["type"] === "function");
  return [
    ...(toText(body["model"]) === "" ? ["Missing required parameter: 'model'"] : []),
    ...(items.length === 0 ? ["Missing required parameter: 'input'"] : []),
    ...checkTools(
      functions.map((tool) => ({ name: toText(tool["name"]), schema: tool["parameters"] })),
      toolNamePattern.openai,
    ),
    ...items
      .filter((item) => item["type"] === "item_reference" && body["store"] === false)
      .map(
        (item) => `Item with id '${toText(item["id"])}' not found: items are not kept when store is false`,
      ),
    ...checkAnswers(
      calls.map((call) => toText(call["call_id"])),
      items.filter((item) => item["type"] === "function_call_output").map((item) => toText(item["call_id"])),
    ),
    ...checkCalls(calls.map((call) => toCallSeen(call, call["call_id"]))),
  ];
}

interface CallSeen {
  id: string;
  name: string;
  inputJson: string;
}

function toCallSeen(call: JsonRecord, id: Json | undefined): CallSeen {
  return { id: toText(id), name: toText(call["name"]), inputJson: toText(call["arguments"]) };
}

function checkCalls(calls: readonly CallSeen[]): string[] {
  const found = calls.flatMap((call) => {
    const { name, inputJson } = call;
    return [
      ...(toolNamePattern.openai.test(name) ? [] : [`tool call name "${name}" is not legal`]),
      ...(isJsonObject(inputJson) ? [] : [`arguments of "${name}" are not a JSON object`]),
    ];
  });
  const repeated = findRepeated(calls.map((call) => call.id));
  return [...found, ...repeated.map((id) => `tool call ids must be unique: ${id}`)];
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
