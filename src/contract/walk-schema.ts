import { z } from "zod";

/** The schema below optional, default and nullable. */
function unwrapSchema(schema: z.core.$ZodType): z.core.$ZodType {
  let current = schema;
  while (
    current instanceof z.ZodOptional ||
    current instanceof z.ZodDefault ||
    current instanceof z.ZodNullable ||
    current instanceof z.ZodPrefault
  ) {
    current = current.unwrap();
  }
  return current;
}

/** The schema of a value inside another, by the path zod names it with; null where that cannot be said. */
export function findSchemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | null {
  let current: z.core.$ZodType | undefined = unwrapSchema(schema);
  for (const part of path) {
    if (current instanceof z.ZodObject) current = current.shape[String(part)];
    else if (current instanceof z.ZodArray) current = current.element;
    else if (current instanceof z.ZodRecord) current = current.valueType;
    else return null;
    if (current === undefined) return null;
    current = unwrapSchema(current);
  }
  return current;
}

/** The keys an object schema knows, in their order; none for other schemas. */
export function listKeys(schema: z.core.$ZodType | null): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** True if the schema takes a list. */
export function isListSchema(schema: z.core.$ZodType | null): boolean {
  return schema instanceof z.ZodArray;
}

/** True if the schema takes a list of fixed names, none of which has a comma. */
export function isNameListSchema(schema: z.core.$ZodType | null): boolean {
  return schema instanceof z.ZodArray && schema.element instanceof z.ZodEnum;
}
