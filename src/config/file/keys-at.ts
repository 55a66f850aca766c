import { z } from "zod";
import type { ConfigPath } from "./config-file.ts";

/** The keys that a schema knows at a path of its values; none where any key may stand. */
export function listKeysAt(schema: z.ZodType, path: ConfigPath): string[] {
  const at = path.reduce<unknown>((inner, part) => stepInto(unwrap(inner), String(part)), schema);
  const found = unwrap(at);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

function unwrap(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;
}

function stepInto(schema: unknown, part: string): unknown {
  if (schema instanceof z.ZodObject) return schema.shape[part];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodArray ? schema.element : undefined;
}
