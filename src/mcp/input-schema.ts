import { z } from "zod";

type Json = Record<string, unknown>;

/** What clients stumble over, and we say in words or check ourselves. */
const dropped = new Set(["$schema", "propertyNames", "format"]);
/** Zod's bounds of every whole number. */
const noBound = Number.MAX_SAFE_INTEGER;

/**
 * A tool's input as JSON Schema that common clients take: an object at the root, all in one piece
 * (no $ref), no patterns beyond plain ones, no bounds that bound nothing.
 */
export function toInputSchema(schema: z.ZodObject): Json & { type: "object" } {
  const json = z.toJSONSchema(schema, { io: "input", target: "draft-2020-12", reused: "inline" });
  return { ...clean(json), type: "object" };
}

function clean(schema: Json): Json {
  const kept = Object.entries(schema).filter(([key, value]) => !isNoise(key, value));
  return Object.fromEntries(
    kept.map(([key, value]) => [key, key === "properties" ? cleanEach(value) : cleanValue(value)]),
  );
}

/** Names of properties are no keywords. */
function cleanEach(properties: unknown): Json {
  return Object.fromEntries(
    Object.entries(properties as Json).map(([name, value]) => [name, cleanValue(value)]),
  );
}

function cleanValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleanValue);
  return typeof value === "object" && value !== null ? clean(value as Json) : value;
}

function isNoise(key: string, value: unknown): boolean {
  if (dropped.has(key)) return true;
  // "Not empty" goes without saying, forty times.
  if (key === "minLength" && value === 1) return true;
  return (key === "maximum" && value === noBound) || (key === "minimum" && value === -noBound);
}
