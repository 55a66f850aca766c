import { describe, expect, test } from "vitest";
import { errorCatalog, isErrorCode, ProfclawError } from "../../../src/core/errors.ts";
import { toListedTool } from "../../../src/mcp/listed-tool.ts";
import { toToolFailure } from "../../../src/mcp/tool-failure.ts";
import { pickTools } from "../../../src/mcp/profile.ts";
import { toolTable } from "../../../src/mcp/tool-table.ts";
import { toolsets } from "../../../src/mcp/toolsets.ts";

type Schema = Record<string, unknown> & { description?: string; properties?: Record<string, Schema> };

const tools = toolTable.map(toListedTool);
/** Keywords that a client of a large model provider is known to refuse in a tool's input. */
const refused = [
  "$ref",
  "$defs",
  "anyOf",
  "oneOf",
  "allOf",
  "not",
  "propertyNames",
  "if",
  "patternProperties",
];

function* walk(schema: Schema, path: string): Generator<[string, Schema]> {
  yield [path, schema];
  for (const [key, value] of Object.entries(schema)) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) continue;
    if (key === "default") continue;
    yield* walk(value as Schema, `${path}/${key}`);
  }
}

test("no two tools have one name, and each name is one that every client takes", () => {
  const names = tools.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z][a-z_]{1,40}$/);
});

test("what a client gets by default is at most 16 tools and under 24,000 characters, a child at most ten", () => {
  const table = new Map(toolTable.map((tool) => [tool.name, tool]));
  const byDefault = pickTools(table, { toolset: null, isSession: false }).map(toListedTool);
  expect(byDefault.length).toBeGreaterThanOrEqual(12);
  expect(byDefault.length).toBeLessThanOrEqual(16);
  expect(JSON.stringify(byDefault).length).toBeLessThan(24_000);
  // Each says what it is at no more than its share.
  for (const tool of byDefault.slice(1)) expect(JSON.stringify(tool).length, tool.name).toBeLessThan(2_400);
  const ofChild = pickTools(table, { toolset: null, isSession: true });
  expect(ofChild.length).toBeGreaterThanOrEqual(8);
  expect(ofChild.length).toBeLessThanOrEqual(10);
});

test("every tool is in a toolset, and what the toolset read holds changes nothing", () => {
  const named = new Set<string>(Object.values(toolsets).flat());
  for (const { name } of tools) expect(named).toContain(name);
  const table = new Map(toolTable.map((tool) => [tool.name, tool]));
  const reading = pickTools(table, { toolset: "read", isSession: false });
  for (const { name, hints } of reading) expect(hints.destructiveHint, name).toBe(false);
  expect(() => pickTools(table, { toolset: "default,reed", isSession: false })).toThrow(/reed/);
});

describe.each(tools)("$name", ({ name, title, description, inputSchema, outputSchema, annotations }) => {
  const input = inputSchema as Schema;
  const properties = Object.entries(input.properties ?? {});

  test("has a title and a description of its own words, at most 120", () => {
    expect(title).toMatch(/^[A-Z]/);
    expect(title.length).toBeLessThan(40);
    const words = description.split(/\s+/);
    expect(words.length).toBeLessThanOrEqual(120);
    expect(words.length).toBeGreaterThan(12);
    const own = words.filter((word) => !name.split("_").includes(word.toLowerCase()));
    expect(own.length).toBeGreaterThan(12);
  });

  test("says what it changes, and when to take another tool", () => {
    expect(description).toMatch(
      /[Cc]hanges? nothing|nothing changes|changes|stops|Stops|costs|marks|reaches|stored|spent/,
    );
  });

  test("describes every parameter: enums, bounds, and what is taken where it is left out", () => {
    const required = (inputSchema as { required?: string[] }).required ?? [];
    for (const [key, schema] of properties) {
      const text = schema.description ?? "";
      expect(text, key).not.toBe("");
      const saysDefault = "default" in schema || /default|left out/.test(text) || required.includes(key);
      expect(saysDefault, `${key}: ${text}`).toBe(true);
      if (schema["type"] === "integer" || schema["type"] === "number")
        expect("minimum" in schema || "exclusiveMinimum" in schema, key).toBe(true);
    }
  });

  test("has schemas that common clients take", () => {
    expect(inputSchema.type).toBe("object");
    expect(outputSchema.type).toBe("object");
    expect((inputSchema as Schema)["additionalProperties"]).toBe(false);
    for (const [path, schema] of walk(input, "")) {
      for (const keyword of refused) expect(Object.keys(schema), path).not.toContain(keyword);
      if ("type" in schema && typeof schema["type"] !== "object")
        expect(typeof schema["type"], path).toBe("string");
      for (const value of Object.values(schema)) expect(value, path).not.toBeUndefined();
    }
    for (const [path, schema] of walk(outputSchema, ""))
      for (const keyword of ["$ref", "$defs", "propertyNames"])
        expect(Object.keys(schema), path).not.toContain(keyword);
    for (const [path, schema] of walk(outputSchema, ""))
      expect(Array.isArray(schema["type"]), path).toBe(false);
  });

  test("carries all four annotations, and they agree with each other", () => {
    const { readOnlyHint, destructiveHint, idempotentHint, openWorldHint } = annotations;
    for (const hint of [readOnlyHint, destructiveHint, idempotentHint, openWorldHint])
      expect(typeof hint).toBe("boolean");
    if (readOnlyHint) expect([destructiveHint, idempotentHint]).toEqual([false, true]);
  });
});

test("every error of the catalog becomes a failure with code, retryable and next", () => {
  for (const code of Object.keys(errorCatalog)) {
    if (!isErrorCode(code)) throw new Error(code);
    const failure = toToolFailure(new ProfclawError(code, "what it is"), () => "id");
    expect(failure).toMatchObject({ code, detail: "what it is" });
    expect(typeof failure.retryable).toBe("boolean");
    expect(failure.next.length).toBeGreaterThan(10);
  }
  const bug = toToolFailure(new Error("secret path /home/me"), () => "id-7");
  expect(JSON.stringify(bug)).not.toContain("secret");
  expect(bug).toMatchObject({ code: "internal", retryable: false });
  expect(bug.detail).toContain("id-7");
});

test("a key in an error's words does not get out", () => {
  const failure = toToolFailure(new ProfclawError("not-found", "sk-ant-abcdefgh12345678"), () => "");
  expect(failure.detail).not.toContain("abcdefgh");
});
