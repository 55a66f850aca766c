import { isRecord, toList, toRecord, toRecords, toText } from "./json.ts";
import type { Json, JsonRecord, ParsedRequest } from "./reply.ts";
import { checkAnswers, checkTools, findRepeated, toolNamePattern } from "./tool-checks.ts";

/** The thinking blocks that were given out with a tool call, by the call's id: they must come back so. */
export type ThinkingGiven = ReadonlyMap<string, readonly string[]>;

/**
 * What the Messages API answers 400 to, as far as a client of ours can get it wrong. Sources: the
 * error texts of the API and docs.anthropic.com (messages, tool use, extended thinking, caching).
 */
export function checkAnthropic(request: ParsedRequest, given: ThinkingGiven): string[] {
  const messages = toRecords(request.body["messages"]);
  return [
    ...checkEnvelope(request),
    ...checkTools(
      toRecords(request.body["tools"]).map((tool) => ({
        name: toText(tool["name"]),
        schema: tool["input_schema"],
      })),
      toolNamePattern.anthropic,
    ),
    ...checkRoles(messages),
    ...messages.flatMap((message, index) => checkMessage(message, index)),
    ...checkPairs(messages),
    ...messages.flatMap((message) => checkThinking(message, given)),
    ...checkCacheMarks(request.body),
  ];
}

function checkEnvelope({ body, headers }: ParsedRequest): string[] {
  const found: string[] = [];
  if (headers["anthropic-version"] === undefined) found.push("anthropic-version: header is required");
  if (toText(body["model"]) === "") found.push("model: Field required");
  const maxTokens = body["max_tokens"];
  if (typeof maxTokens !== "number" || maxTokens < 1) found.push("max_tokens: Field required");
  const thinking = toRecord(body["thinking"]);
  const budget = thinking["budget_tokens"];
  if (thinking["type"] === "enabled" && typeof budget === "number" && budget >= Number(maxTokens)) {
    found.push("max_tokens must be greater than thinking.budget_tokens");
  }
  return found;
}

function checkRoles(messages: readonly JsonRecord[]): string[] {
  if (messages.length === 0) return ["messages: at least one message is required"];
  const found: string[] = [];
  if (messages[0]?.["role"] !== "user") found.push("messages: the first message must be the user's");
  if (messages.at(-1)?.["role"] !== "user") found.push("messages: the last message must be the user's");
  messages.forEach((message, index) => {
    if (index > 0 && message["role"] === messages[index - 1]?.["role"]) {
      found.push(`messages.${index}: roles must alternate`);
    }
  });
  return found;
}

function checkMessage(message: JsonRecord, index: number): string[] {
  const content = message["content"];
  const blocks: JsonRecord[] =
    typeof content === "string" ? [{ type: "text", text: content }] : toRecords(content);
  if (blocks.length === 0) return [`messages.${index}: content must not be empty`];
  return blocks.flatMap((block) => checkBlock(block).map((fault) => `messages.${index}: ${fault}`));
}

function checkBlock(block: JsonRecord): string[] {
  if (block["type"] === "text" && toText(block["text"]).trim() === "") {
    return ["text content blocks must contain non-whitespace text"];
  }
  if (block["type"] !== "tool_use") return [];
  const found: string[] = [];
  if (!isRecord(block["input"])) found.push("tool_use.input: Input should be a valid dictionary");
  if (!toolNamePattern.anthropic.test(toText(block["name"]))) found.push("tool_use.name is not legal");
  if (!/^[a-zA-Z0-9_-]+$/.test(toText(block["id"]))) found.push("tool_use.id is not legal");
  return found;
}

function checkPairs(messages: readonly JsonRecord[]): string[] {
  const found = messages.flatMap((message, index) => {
    if (message["role"] !== "user") return [];
    const called = idsOf(messages[index - 1], "tool_use", "id");
    return [
      ...checkAnswers(called, idsOf(message, "tool_result", "tool_use_id")),
      ...checkResultsFirst(message, index),
    ];
  });
  const repeated = findRepeated(messages.flatMap((message) => idsOf(message, "tool_use", "id")));
  return [...found, ...repeated.map((id) => `tool_use ids must be unique: ${id}`)];
}

function checkResultsFirst(message: JsonRecord, index: number): string[] {
  const isResult = toRecords(message["content"]).map((part) => part["type"] === "tool_result");
  return isResult.lastIndexOf(true) > isResult.indexOf(false) && isResult.includes(false)
    ? [`messages.${index}: tool_result blocks must come first`]
    : [];
}

function checkThinking(message: JsonRecord, given: ThinkingGiven): string[] {
  const blocks = toRecords(message["content"]);
  const firstCall = blocks.find((block) => block["type"] === "tool_use");
  const expected = given.get(toText(firstCall?.["id"]));
  if (expected === undefined) return [];
  const beforeCall = blocks.slice(0, blocks.indexOf(firstCall ?? {}));
  const echoed = beforeCall.filter((block) => isThinking(block)).map((block) => toThinkingMark(block));
  return echoed.length === expected.length && echoed.every((mark, index) => mark === expected[index])
    ? []
    : ["thinking blocks before a tool_use must come back unmodified and in order"];
}

function isThinking(block: JsonRecord): boolean {
  return block["type"] === "thinking" || block["type"] === "redacted_thinking";
}

/** What makes a thinking block the same block. */
export function toThinkingMark(block: JsonRecord): string {
  return block["type"] === "thinking"
    ? `${toText(block["signature"])}|${toText(block["thinking"])}`
    : toText(block["data"]);
}

function checkCacheMarks(body: JsonRecord): string[] {
  const marks = countCacheMarks(body);
  const onThinking = toRecords(body["messages"])
    .flatMap((message) => toRecords(message["content"]))
    .some((block) => isThinking(block) && block["cache_control"] !== undefined);
  return [
    ...(marks > 4 ? [`a maximum of 4 blocks with cache_control may be provided, found ${marks}`] : []),
    ...(onThinking ? ["cache_control cannot be set on thinking blocks"] : []),
  ];
}

/** cache_control breakpoints anywhere in a body. */
function countCacheMarks(value: Json): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countCacheMarks(item), 0);
  if (!isRecord(value)) return 0;
  const own = isRecord(value["cache_control"]) ? 1 : 0;
  return own + toList(Object.values(value)).reduce<number>((sum, item) => sum + countCacheMarks(item), 0);
}

function idsOf(message: JsonRecord | undefined, type: string, key: string): string[] {
  return toRecords(message?.["content"])
    .filter((part) => part["type"] === type)
    .map((part) => toText(part[key]));
}
