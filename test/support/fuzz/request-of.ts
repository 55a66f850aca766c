import * as fc from "fast-check";
import type { DocumentedOperation } from "./document.ts";
import { type Fuzz, namedValue, oddValue, type Schemas, valueOf } from "./value-of.ts";

/** One request as it goes out. */
export interface FuzzRequest {
  operation: DocumentedOperation;
  path: string;
  headers: Record<string, string>;
  body: string | null;
}

const oddText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.constantFrom("..", "%2e%2e%2f", "%ZZ", "%00", "a".repeat(3_000), "-", "0", "undefined", "💥", "'\"<>"),
);

/** Half of them fit the document, the others nearly or not at all; `ids` are some that exist. */
export function requestOf(
  operation: DocumentedOperation,
  { schemas, ids }: { schemas: Schemas; ids: readonly string[] },
): fc.Arbitrary<FuzzRequest> {
  const hints = toHints(ids);
  return fc.oneof(
    requestBy(operation, { schemas, oddPercent: 0, ids, hints }),
    requestBy(operation, { schemas, oddPercent: 10, ids, hints }),
  );
}

/** Without these nearly every spawn would name a provider that there is none of. */
function toHints(ids: readonly string[]): Fuzz["hints"] {
  const time = fc.constantFrom("2026-11-21T12:00:00Z", "2026-01-01T00:00:00+02:00");
  return {
    agent: fc.constant("builtin"),
    provider: fc.constantFrom("anthropic", "openai"),
    model: fc.constant("claude-sonnet-4-6"),
    tools: fc.subarray(["read_file", "grep", "bash"]),
    permission_mode: fc.constantFrom("auto", "plan", "ask"),
    cwd: fc.constant("/tmp"),
    schema: fc.constant({ type: "object" }),
    role: fc.constant("explorer"),
    parent: fc.constantFrom(...ids),
    batch: fc.constantFrom(...ids),
    label: fc.constant("a=b"),
    labels: fc.constant({ a: "b" }),
    from: time,
    to: time,
    budget_usd: fc.constantFrom("0.50", 2),
  };
}

interface RequestFuzz extends Fuzz {
  ids: readonly string[];
}

function requestBy(operation: DocumentedOperation, fuzz: RequestFuzz): fc.Arbitrary<FuzzRequest> {
  const { ids } = fuzz;
  const inPath = operation.parameters.filter((parameter) => parameter.in === "path");
  const idText = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...ids, ...ids.map((id) => id.slice(0, 8))) },
    { weight: fuzz.oddPercent === 0 ? 0 : 1, arbitrary: oddText },
  );
  const words = fc.tuple(...inPath.map(() => idText));
  return fc
    .record({
      words,
      query: queryOf(operation, fuzz),
      headers: headersOf(operation, fuzz),
      body: bodyOf(operation, fuzz),
    })
    .map(({ words: given, query, headers, body }) => ({
      operation,
      path: fillPath(operation.path, given) + (query === "" ? "" : `?${query}`),
      headers: { ...(body === null ? {} : { "content-type": "application/json" }), ...headers },
      body,
    }));
}

function fillPath(path: string, words: readonly string[]): string {
  let at = 0;
  return path.replaceAll(/\{\w+\}/g, () => {
    const word = encode(words[at] ?? "");
    at += 1;
    // An empty word is another route.
    return word === "" ? "x" : word;
  });
}

function queryOf(operation: DocumentedOperation, fuzz: Fuzz): fc.Arbitrary<string> {
  const known = operation.parameters
    .filter((parameter) => parameter.in === "query")
    .map(({ name, schema }) =>
      fc.option(
        namedValue(name, schema, fuzz).map((value) => `${name}=${encode(toWord(value))}`),
        { nil: "" },
      ),
    );
  const odd = fc.oneof(
    { weight: 9, arbitrary: fc.constant("") },
    {
      weight: fuzz.oddPercent === 0 ? 0 : 1,
      arbitrary: fc.tuple(oddText, oddText).map(([name, value]) => `${encode(name)}=${encode(value)}`),
    },
  );
  return fc.tuple(...known, odd).map((pairs) => pairs.filter((pair) => pair !== "").join("&"));
}

function toWord(value: unknown): string {
  return typeof value === "string"
    ? value
    : Array.isArray(value)
      ? value.map(toWord).join(",")
      : JSON.stringify(value);
}

function headersOf(
  operation: DocumentedOperation,
  { oddPercent }: Fuzz,
): fc.Arbitrary<Record<string, string>> {
  const words = fc.stringMatching(/^[!-~]{1,20}$/);
  const named = operation.parameters
    .filter((parameter) => parameter.in === "header")
    .map(
      ({ name }) =>
        [name.toLowerCase(), fc.oneof(words, fc.constantFrom("1", "99999999999999999999"))] as const,
    );
  const odd = { "content-type": fc.constantFrom("text/plain", "application/json; charset=latin1", "x") };
  const headers = { ...Object.fromEntries(named), ...odd } as Record<string, fc.Arbitrary<string>>;
  return fc.oneof(
    { weight: 9, arbitrary: fc.constant({}) },
    {
      weight: oddPercent === 0 ? 0 : 2,
      arbitrary: fc.record(Object.fromEntries(named), { requiredKeys: [] }),
    },
    { weight: oddPercent === 0 ? 0 : 1, arbitrary: fc.record(headers, { requiredKeys: [] }) },
  ) as fc.Arbitrary<Record<string, string>>;
}

function bodyOf(operation: DocumentedOperation, fuzz: Fuzz): fc.Arbitrary<string | null> {
  if (operation.method === "GET") return fc.constant(null);
  if (operation.method === "DELETE") return fc.constantFrom(null, "{}");
  const fitting = valueOf(operation.body ?? {}, fuzz).map((value) =>
    JSON.stringify(canWait(operation, fuzz.schemas) ? withoutWaiting(value) : value),
  );
  const broken = fc.oneof(
    oddText,
    fitting.map((text) => text.slice(0, -1)),
    oddValue.map((value) => JSON.stringify(value)),
    fc.constantFrom(
      "{".repeat(5_000),
      `${'{"a":'.repeat(80)}1${"}".repeat(80)}`,
      '{"__proto__":{}}',
      '{"a":1,"a":2}',
    ),
  );
  return fc.oneof(
    { weight: 9, arbitrary: fitting },
    { weight: fuzz.oddPercent === 0 ? 0 : 1, arbitrary: broken },
  );
}

function canWait({ body }: DocumentedOperation, schemas: Schemas): boolean {
  const schema = schemas[body?.$ref?.split("/").at(-1) ?? ""] ?? body;
  return schema?.properties?.["timeout_s"] !== undefined;
}

/** Else most of the time would be spent in calls that wait for what never comes. */
function withoutWaiting(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const { timeout_s: given = 0 } = value as { timeout_s?: unknown };
  return { ...value, timeout_s: Number.isInteger(given) ? Math.min(Number(given), 0) : given };
}

function encode(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, "\ufffd"));
}
