import { z } from "zod";
import type { JsonObject, JsonValue } from "../../core/json.ts";

/** An answer read as the asked shape, or what is wrong with it, in words for the model. */
export type StructuredAnswer = { kind: "fits"; value: JsonValue } | { kind: "unfit"; fault: string };

/** Reads a model's last message as JSON of the given JSON Schema; a code fence around it is forgiven. */
export function readStructuredAnswer(text: string, schema: JsonObject): StructuredAnswer {
  const json = parseJson(text.trim().replace(/^```(?:json)?\s*\n([\s\S]*?)\n```$/, "$1"));
  if (json === undefined) return { kind: "unfit", fault: "It is not JSON." };
  const parsed = z.fromJSONSchema(schema).safeParse(json);
  if (parsed.success) return { kind: "fits", value: json };
  const faults = parsed.error.issues.slice(0, 5).map((issue) => {
    const place = issue.path.length === 0 ? "The value" : issue.path.join(".");
    return `${place}: ${issue.message}.`;
  });
  return { kind: "unfit", fault: faults.join(" ") };
}

/** What the model is told, once, about an answer of the wrong shape. */
export function toRepairText(fault: string): string {
  return (
    `Your last message does not fit the JSON Schema you were given. ${fault} ` +
    "Answer again with one JSON value that fits it, and nothing around it."
  );
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
