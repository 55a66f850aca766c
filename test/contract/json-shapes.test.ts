import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { z } from "zod";
import { operations } from "../../src/contract/operations.ts";

type Json = Record<string, unknown>;

const frozenPath = fileURLToPath(new URL("json-shapes.txt", import.meta.url));
const page = readFileSync(new URL("../../docs/json.md", import.meta.url), "utf8");

/** A schema as lines: a field's path, and what it may be. */
function listFields(schema: Json, path: string): string[] {
  const { $ref } = schema;
  // A shape that holds itself is told once.
  if (typeof $ref === "string") return [`${path} ${$ref}`];
  const choices = (schema["anyOf"] ?? schema["oneOf"]) as Json[] | undefined;
  if (choices !== undefined) return choices.flatMap((one) => listFields(one, path));
  const values = schema["enum"] ?? schema["const"];
  const own = `${path} ${values === undefined ? toKind(schema["type"]) : JSON.stringify(values)}`;
  const required = (schema["required"] ?? []) as string[];
  const properties = Object.entries((schema["properties"] ?? {}) as Record<string, Json>).flatMap(
    ([name, one]) => listFields(one, `${path}.${name}${required.includes(name) ? "" : "?"}`),
  );
  const items = schema["items"] as Json | undefined;
  const inner = items === undefined ? [] : listFields(items, `${path}[]`);
  const others = schema["additionalProperties"];
  const more = typeof others === "object" ? listFields(others as Json, `${path}{}`) : [];
  return [own, ...properties, ...inner, ...more];
}

function toKind(type: unknown): string {
  return typeof type === "string" ? type : JSON.stringify(type ?? "any");
}

function listShapes(): string[] {
  return Object.entries(operations).flatMap(([name, operation]) => {
    const schema = z.toJSONSchema(operation.output, { io: "output", unrepresentable: "any" }) as Json;
    const defined = Object.entries((schema["$defs"] ?? {}) as Record<string, Json>);
    const parts = defined.flatMap(([part, one]) => listFields(one, `${name}#${part}`));
    return [...listFields(schema, name), ...parts];
  });
}

test("no field of an answer goes or changes: UPDATE_SHAPES=1 writes down what is meant to", () => {
  const now = listShapes();
  if (process.env["UPDATE_SHAPES"] === "1") writeFileSync(frozenPath, `${now.join("\n")}\n`);
  const frozen = readFileSync(frozenPath, "utf8").trim().split("\n");
  expect(frozen.length).toBeGreaterThan(300);
  // What is added breaks nobody; it is written down with the next change.
  expect(frozen.filter((line) => !now.includes(line))).toEqual([]);
});

test("every example of the page is what its operation answers, field by field", () => {
  const examples = [...page.matchAll(/```json (\w+)\n([^]*?)```/g)];
  expect(examples.length).toBeGreaterThan(5);
  for (const [, name = "", text = ""] of examples) {
    const { output } = operations[name as keyof typeof operations];
    const example = JSON.parse(text) as Json;
    const parsed = output.safeParse(example);
    // What was added since is not wrong to leave out.
    const wrong = parsed.error?.issues.filter(({ message }) => !message.endsWith("received undefined")) ?? [];
    expect([name, wrong]).toEqual([name, []]);
    const known = output instanceof z.ZodObject ? Object.keys(output.shape) : [];
    expect(known, name).toEqual(expect.arrayContaining(Object.keys(example)));
  }
});
