import type { JsonObject, JsonValue } from "../../../core/json.ts";

/** A JSON Schema as OpenAI takes it for answers: every object is closed, and all that it names is required. */
export function toStrictSchema(schema: JsonObject): JsonObject {
  const strict: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) strict[key] = toStrictValue(key, value);
  const properties = schema["properties"];
  if (schema["type"] === "object" || isObject(properties)) {
    strict["additionalProperties"] = false;
    strict["required"] = isObject(properties) ? Object.keys(properties) : [];
  }
  return strict;
}

/** Keywords whose values are schemas by name: in those a key is a name of the caller's. */
const named = new Set(["properties", "$defs", "definitions"]);
const single = new Set(["items", "not"]);
const several = new Set(["anyOf", "allOf", "oneOf", "prefixItems"]);

function toStrictValue(key: string, value: JsonValue): JsonValue {
  if (named.has(key) && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, toStrict(one)]));
  }
  if (several.has(key) && Array.isArray(value)) return value.map(toStrict);
  return single.has(key) ? toStrict(value) : value;
}

function toStrict(value: JsonValue): JsonValue {
  return isObject(value) ? toStrictSchema(value) : value;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
