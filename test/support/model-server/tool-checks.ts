import { isRecord, toList, toRecord, toText } from "./json.ts";
import type { Json, JsonRecord } from "./reply.ts";

export interface ToolSeen {
  name: string;
  schema: Json | undefined;
}

// Anthropic: "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"; OpenAI: up to 64 of the same characters.
export const toolNamePattern = { anthropic: /^[a-zA-Z0-9_-]{1,128}$/, openai: /^[a-zA-Z0-9_-]{1,64}$/ };

/** Names legal and single, schemas of type object with sane properties. */
export function checkTools(tools: readonly ToolSeen[], pattern: RegExp): string[] {
  const found: string[] = [];
  const names = new Set<string>();
  for (const tool of tools) {
    if (!pattern.test(tool.name)) found.push(`tool name "${tool.name}" is not legal`);
    if (names.has(tool.name)) found.push(`tool "${tool.name}" is defined twice`);
    names.add(tool.name);
    found.push(...checkSchema(tool));
  }
  return found;
}

function checkSchema({ name, schema }: ToolSeen): string[] {
  if (!isRecord(schema)) return [`tool "${name}" has no input schema`];
  if (schema["type"] !== "object") return [`the input schema of "${name}" is not of type object`];
  const properties = schema["properties"];
  if (properties !== undefined && !isRecord(properties)) return [`"${name}": properties is not an object`];
  return [...checkRequired(name, schema), ...checkProperties(name, toRecord(properties))];
}

function checkRequired(name: string, schema: JsonRecord): string[] {
  const known = Object.keys(toRecord(schema["properties"]));
  return toList(schema["required"])
    .filter((key) => !known.includes(toText(key)))
    .map((key) => `"${name}" requires "${toText(key)}", which is no property`);
}

function checkProperties(name: string, properties: JsonRecord): string[] {
  return Object.entries(properties)
    .filter(([, value]) => typeof value !== "boolean" && !isRecord(value))
    .map(([key]) => `"${name}": property "${key}" is not a schema`);
}

/** Every call answered once, no answer without a call. */
export function checkAnswers(called: readonly string[], answered: readonly string[]): string[] {
  const missing = called.filter((id) => !answered.includes(id));
  const orphans = answered.filter((id) => !called.includes(id));
  const twice = answered.filter((id, index) => answered.indexOf(id) !== index);
  return [
    ...missing.map((id) => `tool call ${id} has no result right after it`),
    ...orphans.map((id) => `tool result ${id} answers no call of the message before it`),
    ...twice.map((id) => `tool call ${id} is answered twice`),
  ];
}

export function findRepeated(ids: readonly string[]): string[] {
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
}
