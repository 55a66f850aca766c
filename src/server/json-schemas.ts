import { z } from "zod";

/** JSON Schemas by name, as they stand under `#/components/schemas/`. */
export type NamedSchemas = Record<string, Record<string, unknown>>;

/** Which names to give schemas, and whether they describe what is sent or what is answered. */
export interface SchemaNaming {
  io: "input" | "output";
  /** Set before the names of parts that zod shares without a name of ours. */
  sharedPrefix: string;
}

const componentsPrefix = "#/components/schemas/";
const sharedPointer = `${componentsPrefix}__shared#/$defs/`;

/** Projects zod schemas as components that refer to each other. A schema given under two names keeps the first. */
export function toComponentSchemas(
  schemas: ReadonlyMap<z.ZodType, string>,
  naming: SchemaNaming,
): NamedSchemas {
  const registry = z.registry<{ id: string }>();
  for (const [schema, id] of schemas) registry.add(schema, { id });
  const projected = z.toJSONSchema(registry, {
    io: naming.io,
    target: "draft-2020-12",
    unrepresentable: "any",
    uri: (id) => `${componentsPrefix}${id}`,
  });
  const text = JSON.stringify(projected.schemas).replaceAll(
    sharedPointer,
    `${componentsPrefix}${naming.sharedPrefix}`,
  );
  const { __shared, ...named } = JSON.parse(text) as NamedSchemas;
  const shared = Object.entries((__shared?.["$defs"] ?? {}) as NamedSchemas).map(
    ([name, schema]) => [`${naming.sharedPrefix}${name}`, schema] as const,
  );
  return Object.fromEntries(
    [...Object.entries(named), ...shared].map(([name, schema]) => [name, bare(schema)]),
  );
}

/** A component needs no address of its own: the document's place is its address. */
function bare(schema: Record<string, unknown>): Record<string, unknown> {
  const { $schema: _draft, $id: _address, ...rest } = schema;
  return rest;
}
