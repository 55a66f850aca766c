import { z } from "zod";

type Json = Record<string, unknown>;

/** What clients stumble over, and we say in words or check ourselves. */
const dropped = new Set(["$schema", "propertyNames", "format"]);
/** An answer is checked by us; a model needs its fields, and each word costs it. */
const droppedOfOutput = new Set([
  ...dropped,
  "pattern",
  "description",
  "additionalProperties",
  "required",
  "enum",
]);
/** Zod's bounds of every whole number. */
const noBound = Number.MAX_SAFE_INTEGER;

/**
 * A tool's schema as JSON Schema that common clients take: an object at the root, all in one piece
 * (no $ref), no patterns beyond plain ones, no bounds that bound nothing.
 */
export function toToolSchema(schema: z.ZodObject, io: "input" | "output"): Json & { type: "object" } {
  const json = z.toJSONSchema(schema, { io, target: "draft-2020-12", reused: "inline" });
  if (io === "input") return { ...clean(json, dropped), type: "object" };
  return { ...withShortParts(clean(json, droppedOfOutput)), type: "object" };
}

/** Of objects within an answer only that they are: their fields explain themselves once they are there. */
function withShortParts(schema: Json): Json {
  const properties = Object.entries(schema["properties"] as Json);
  return {
    ...schema,
    properties: Object.fromEntries(properties.map(([name, part]) => [name, shorten(part as Json)])),
  };
}

function shorten(part: Json): Json {
  if (part["items"] !== undefined) return { ...part, items: shorten(part["items"] as Json) };
  if (part["anyOf"] !== undefined) return { ...part, anyOf: (part["anyOf"] as Json[]).map(shorten) };
  if (part["properties"] === undefined) return part;
  return { type: "object" };
}

function clean(schema: Json, noise: ReadonlySet<string>): Json {
  const kept = Object.entries(schema).filter(([key, value]) => !isNoise(key, value, noise));
  return Object.fromEntries(
    kept.map(([key, value]) => [
      key,
      key === "properties" ? cleanEach(value, noise) : cleanValue(value, noise),
    ]),
  );
}

/** Names of properties are no keywords. */
function cleanEach(properties: unknown, noise: ReadonlySet<string>): Json {
  return Object.fromEntries(
    Object.entries(properties as Json).map(([name, value]) => [name, cleanValue(value, noise)]),
  );
}

function cleanValue(value: unknown, noise: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => cleanValue(item, noise));
  return typeof value === "object" && value !== null ? clean(value as Json, noise) : value;
}

function isNoise(key: string, value: unknown, noise: ReadonlySet<string>): boolean {
  if (noise.has(key)) return true;
  // "Not empty" goes without saying, forty times.
  if (key === "minLength" && value === 1) return true;
  return (key === "maximum" && value === noBound) || (key === "minimum" && value === -noBound);
}
