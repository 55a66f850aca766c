import { z } from "zod";

type Json = Record<string, unknown>;

/**
 * The shape of a tool's answer in few words, since every one of them stands in a model's context: plain types at the
 * root, and of objects within it only that they are: their fields explain themselves once they are there.
 */
export function toOutputSchema(schema: z.ZodObject): Json & { type: "object" } {
  const { properties = {} } = z.toJSONSchema(schema, { io: "output", reused: "inline" });
  const parts = Object.entries(properties as Record<string, Json>);
  return {
    type: "object",
    properties: Object.fromEntries(parts.map(([name, part]) => [name, shorten(part)])),
  };
}

/** Some clients know a single type only: of ["string", "null"] each becomes a branch. */
function shorten({ type, anyOf, items }: Json): Json {
  if (Array.isArray(type)) return { anyOf: type.map((one: unknown) => ({ type: one })) };
  if (anyOf !== undefined) return { anyOf: (anyOf as Json[]).map(shorten) };
  if (type === "array") return { type, items: shorten((items ?? {}) as Json) };
  return { type };
}
