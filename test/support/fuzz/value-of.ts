import * as fc from "fast-check";

/** JSON Schema as the document has it, as far as it is used here. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  minimum?: number;
  maximum?: number;
}

/** Schemas by what `$ref` calls them. */
export type Schemas = Readonly<Record<string, Schema>>;

const deepest = 5;

/** What nobody expects: wrong types, huge, deep, unicode, odd names. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1.5,
    1e308,
    Number.MAX_SAFE_INTEGER + 2,
    "",
    " ",
    "0",
    "null",
    "\u0000",
    "\ud800",
    "\u202e",
    "../../etc/passwd",
    "' OR 1=1 --",
    "%s%n",
    "x".repeat(70_000),
    [],
    {},
    [[[[[[]]]]]],
    { constructor: { x: 1 } },
    { toString: "x" },
  ),
);

/** What values are made by: the document's schemas, and how many of a hundred values, at any depth, are odd. */
export interface Fuzz {
  schemas: Schemas;
  oddPercent: number;
  /** What fits a property of this name, where its schema does not say it. */
  hints: Readonly<Record<string, fc.Arbitrary<unknown>>>;
}

/** A value that fits the schema, or nearly so. */
export function valueOf(schema: Schema, fuzz: Fuzz, depth = 0): fc.Arbitrary<unknown> {
  if (depth > deepest) return fc.constant(null);
  const fitting = fittingValue(schema, fuzz, depth);
  const { oddPercent } = fuzz;
  return fc.oneof(
    { weight: 100 - oddPercent, arbitrary: fitting },
    { weight: oddPercent, arbitrary: oddValue },
  );
}

function fittingValue(schema: Schema, fuzz: Fuzz, depth: number): fc.Arbitrary<unknown> {
  const inner = (one: Schema): fc.Arbitrary<unknown> => valueOf(one, fuzz, depth + 1);
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    return inner(fuzz.schemas[name] ?? {});
  }
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (choices !== undefined) return fc.oneof(...choices.map(inner));
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case "string":
      return textValue;
    case "integer":
    case "number":
      return fc.integer({ min: schema.minimum ?? -10, max: Math.min(schema.maximum ?? 1_000, 1_000) });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(inner(schema.items ?? {}), { maxLength: 3 });
    case "object":
      return objectValue(schema, { ...fuzz, depth: depth + 1 }, inner);
    default:
      return oddValue;
  }
}

const textValue: fc.Arbitrary<string> = fc.oneof(
  fc.string({ minLength: 1, maxLength: 20 }),
  fc.string({ unit: "grapheme", maxLength: 10 }),
  fc.constantFrom("anthropic", "read_file", "auto", "0.50", "a=b", "2026-11-21T12:00:00Z", "/tmp", "5"),
);

/** A property or parameter by its name and schema. */
export function namedValue(
  name: string,
  schema: Schema,
  fuzz: Fuzz & { depth?: number },
): fc.Arbitrary<unknown> {
  const fitting = valueOf(schema, fuzz, fuzz.depth);
  const hint = fuzz.hints[name];
  return hint === undefined
    ? fitting
    : fc.oneof({ weight: 9, arbitrary: hint }, { weight: 1, arbitrary: fitting });
}

function objectValue(
  schema: Schema,
  fuzz: Fuzz & { depth: number },
  inner: (one: Schema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  const properties = Object.entries(schema.properties ?? {}).map(
    ([name, one]) => [name, namedValue(name, one, fuzz)] as const,
  );
  const known = fc.record(Object.fromEntries(properties), { requiredKeys: schema.required ?? [] });
  const { additionalProperties: others } = schema;
  if (others === undefined || others === false) {
    // Now and then a key that nobody knows.
    return fc.oneof(
      { weight: 15, arbitrary: known },
      { weight: fuzz.oddPercent > 0 ? 1 : 0, arbitrary: known.map((value) => ({ ...value, unheard_of: 1 })) },
    );
  }
  const more = fc.dictionary(fc.string({ maxLength: 8 }), others === true ? oddValue : inner(others), {
    maxKeys: 3,
  });
  return fc.tuple(more, known).map(([some, value]) => ({ ...some, ...value }));
}
