import type { ThinkingGiven } from "./check-anthropic.ts";
import { isRecord, toRecord, toRecords, toText } from "./json.ts";
import type { JsonRecord, ParsedRequest } from "./reply.ts";
import { checkTools } from "./tool-checks.ts";

// "Must start with a letter or an underscore … with a maximum length of 64."
const namePattern = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/;

/**
 * What the Gemini API answers 400 to, as far as a client of ours can get it wrong (ai.google.dev, "Function
 * calling", "Thought signatures", and the error texts of the API). Stricter in one point: a signature that
 * was given must come back, where the API also takes its own word for "skip the check".
 */
export function checkGemini({ body, model }: ParsedRequest, given: ThinkingGiven): string[] {
  const contents = toRecords(body["contents"]);
  const declared = toRecords(body["tools"]).flatMap((tool) => toRecords(tool["functionDeclarations"]));
  return [
    ...(model === "" ? ["the path names no model"] : []),
    ...(contents.length === 0 ? ["GenerateContentRequest.contents: contents is not specified"] : []),
    ...(contents.length > 0 && contents.at(-1)?.["role"] === "model"
      ? ["the last content is the model's"]
      : []),
    ...checkTools(
      declared.map((tool) => ({
        name: toText(tool["name"]),
        // Without parameters it takes none.
        schema: tool["parameters"] ?? tool["parametersJsonSchema"] ?? { type: "object" },
      })),
      namePattern,
    ),
    ...contents.flatMap((content, index) => checkContent(content, index)),
    ...contents.flatMap((_, index) => checkResponses(contents, index)),
    ...contents.flatMap((content) => checkSignature(content, given)),
  ];
}

function checkContent(content: JsonRecord, index: number): string[] {
  const parts = toRecords(content["parts"]);
  const { role } = content;
  return [
    ...(role === "user" || role === "model"
      ? []
      : [`contents[${index}].role: use a valid role: user, model`]),
    ...(parts.length === 0 ? [`contents[${index}].parts must not be empty`] : []),
    ...parts.flatMap((part) => checkPart(part).map((fault) => `contents[${index}]: ${fault}`)),
  ];
}

function checkPart(part: JsonRecord): string[] {
  const kinds = ["text", "functionCall", "functionResponse", "inlineData"].filter((kind) => kind in part);
  if (kinds.length !== 1) return ["required oneof field 'data' must have one initialized field"];
  const call = part["functionCall"];
  if (call === undefined) return [];
  const { name, args } = toRecord(call);
  return [
    ...(namePattern.test(toText(name)) ? [] : [`the function name "${toText(name)}" is not legal`]),
    ...(isRecord(args) ? [] : ["functionCall.args is not an object"]),
  ];
}

/** Every call of a turn is answered in the turn right after it, by name and, where there are ids, by id. */
function checkResponses(contents: readonly JsonRecord[], index: number): string[] {
  const content = contents[index];
  const calls = pick(content, "functionCall");
  const before = pick(contents[index - 1], "functionCall");
  const responses = pick(content, "functionResponse");
  const found: string[] = [];
  if (responses.length > 0 || before.length > 0) {
    if (responses.length !== before.length) {
      found.push(
        "the number of function response parts must equal the number of function call parts of the function call turn",
      );
    }
    responses.forEach((response, at) => {
      const call = before[at];
      if (call === undefined || call["name"] === response["name"]) return;
      found.push(
        `the function response of ${toText(response["name"])} answers a call of ${toText(call["name"])}`,
      );
    });
  }
  const isEarly = calls.length > 0 && index === 0;
  return isEarly
    ? [...found, "a function call turn comes after a user turn or a function response turn"]
    : found;
}

function checkSignature(content: JsonRecord, given: ThinkingGiven): string[] {
  const parts = toRecords(content["parts"]);
  const first = parts.find((part) => part["functionCall"] !== undefined);
  const [expected] = given.get(toText(toRecord(first?.["functionCall"])["id"])) ?? [];
  if (expected === undefined || first?.["thoughtSignature"] === expected) return [];
  return [
    "function call is missing a thought_signature in functionCall parts, or it is not the one that was given",
  ];
}

function pick(content: JsonRecord | undefined, kind: string): JsonRecord[] {
  return toRecords(content?.["parts"])
    .filter((part) => part[kind] !== undefined)
    .map((part) => toRecord(part[kind]));
}
