import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { operations } from "../../../src/contract/operations.ts";
import { createOpenApi } from "../../../src/server/open-api.ts";
import { echoHandlers, echoStreams, send, startTestServer } from "./server-fixture.ts";

type Json = Record<string, unknown>;

const table = Object.values(operations);
const document = JSON.parse(JSON.stringify(createOpenApi(table, "1.2.3"))) as Json;
const paths = document["paths"] as Record<string, Record<string, Json>>;

/** Every `$ref` in a document. */
function listRefs(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(listRefs);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "$ref" && typeof inner === "string" ? [inner] : listRefs(inner),
  );
}

function resolve(ref: string): unknown {
  const parts = ref.slice(2).split("/");
  return parts.reduce<unknown>((inner, part) => (inner as Json | undefined)?.[part], document);
}

describe("the OpenAPI document", () => {
  test("is 3.1 and has every operation under its path and method", () => {
    expect(document).toMatchObject({ openapi: "3.1.0", info: { title: "profclaw", version: "1.2.3" } });
    for (const operation of table) {
      const item = paths[`/api${operation.path}`]?.[operation.method.toLowerCase()];
      expect(item).toMatchObject({ operationId: operation.name, summary: operation.summary });
    }
  });

  test("names each operation once", () => {
    const ids = Object.values(paths).flatMap((item) => Object.values(item).map((one) => one["operationId"]));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(table.length + 5);
  });

  test("has only references that lead somewhere", () => {
    const refs = new Set(listRefs(document));
    expect(refs.size).toBeGreaterThan(10);
    for (const ref of refs) expect([ref, typeof resolve(ref)]).toEqual([ref, "object"]);
  });

  test("declares every path parameter, its answer, and problems", () => {
    for (const [path, item] of Object.entries(paths)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const one of Object.values(item)) {
        const parameters = (one["parameters"] ?? []) as Json[];
        expect(parameters.filter((each) => each["in"] === "path").map((each) => each["name"])).toEqual(
          inPath,
        );
        const answers = Object.keys(one["responses"] as Json);
        expect(answers).toContain("default");
        expect(answers.some((status) => status.startsWith("2"))).toBe(true);
      }
    }
  });

  test("says what a spawn takes, what needs the token, and where events are", () => {
    const spawn = paths["/api/agents/sessions"]?.["post"];
    expect(spawn?.["requestBody"]).toEqual({
      required: true,
      content: {
        "application/json": {
          schema: { $ref: "#/components/schemas/SessionsCreateInput" },
          example: { sessions: [{ task: "Say hello" }] },
        },
      },
    });
    expect(resolve("#/components/schemas/SessionsCreateInput")).toMatchObject({
      required: ["sessions"],
      additionalProperties: false,
    });
    expect(paths["/api/pool"]?.["put"]?.["security"]).toEqual([{ bearer: [] }]);
    expect(JSON.stringify(paths["/api/agents/sessions/{id}/events"])).toContain("text/event-stream");
    const list = paths["/api/agents/sessions"]?.["get"]?.["parameters"] as Json[];
    expect(list.map((one) => one["name"])).toEqual([
      "status",
      "parent",
      "batch",
      "peer",
      "label",
      "cursor",
      "limit",
    ]);
  });

  test("is the same bytes each time, and what the server serves", async () => {
    expect(JSON.stringify(createOpenApi(table, "1.2.3"))).toBe(JSON.stringify(document));
    const server = await startTestServer({
      operations,
      handlers: echoHandlers(operations),
      streams: echoStreams(operations),
      version: "1.2.3",
    });
    expect((await send(server, { path: "/openapi.json" })).text).toBe(JSON.stringify(document));
  });
});

test("the docs page lists every operation with a curl, and its policy lets nothing else load", async () => {
  const server = await startTestServer({
    operations,
    handlers: echoHandlers(operations),
    streams: echoStreams(operations),
  });
  const page = await send(server, { path: "/docs" });
  expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
  for (const { name, method, path } of table) {
    expect(page.text).toContain(`<section id="${name}">`);
    expect(page.text).toContain(`${method} /api${path}`);
  }
  expect(page.text.match(/<pre>curl /g)).toHaveLength(table.length);
  expect(page.text).not.toMatch(/<script|src=|https:/);
  const style = /<style>([^]*?)<\/style>/.exec(page.text)?.[1] ?? "";
  const hash = createHash("sha256").update(style).digest("base64");
  const policy = page.headers["content-security-policy"];
  expect(policy).toContain(`default-src 'none'; style-src 'sha256-${hash}'`);
  expect(policy).toContain("frame-ancestors 'none'");
});

/** Every parameter of a path, filled in. */
function pathOf(path: string): Record<string, string> {
  return Object.fromEntries([...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => [name, "1"]));
}

test("the example of every write is taken by its operation", () => {
  const writes = table.filter(({ method }) => method === "POST" || method === "PUT");
  expect(writes.length).toBeGreaterThan(15);
  for (const { name, path, input, example = {} } of writes) {
    const parsed = input.safeParse({ ...pathOf(path), ...example });
    expect([name, parsed.error?.issues ?? []]).toEqual([name, []]);
  }
});

test("every answer forbids caching, sniffing, framing and use by other sites", async () => {
  const server = await startTestServer({
    operations,
    handlers: echoHandlers(operations),
    streams: echoStreams(operations),
  });
  const headers = { accept: "text/event-stream" };
  for (const path of ["/healthz", "/docs", "/openapi.json", "/nowhere", "/api/agents/sessions/a/events"]) {
    const answer = await send(server, { path, headers });
    expect(answer.headers).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "cross-origin-resource-policy": "same-origin",
    });
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
  }
});
