import type { IncomingMessage } from "node:http";
import { z } from "zod";
import type { Operation } from "../contract/define-operation.ts";
import { findNearest } from "../core/nearest.ts";
import { explainIssues } from "../contract/explain-issue.ts";
import { InvalidInput } from "../contract/invalid-input.ts";
import { isRead } from "./door.ts";
import { readJsonObject } from "./read-body.ts";
import { findSchemaAt, isListSchema, isNameListSchema, listKeys } from "../contract/walk-schema.ts";

/** One request to an operation: the parts that its input is made of. */
export interface InputSource {
  request: IncomingMessage;
  /** Path parameters, decoded. */
  path: Readonly<Record<string, string>>;
  /** The raw query, without the question mark. */
  query: string;
}

/** Values by name, and for each that is not in the body, where it came from. */
interface Collected {
  value: Record<string, unknown>;
  outsideBody: Map<string, string>;
}

/**
 * An operation's input from path, query, headers and body, parsed by its schema. Throws `invalid-request`
 * with every fault, its pointer, and the nearest known names.
 */
export async function collectInput(operation: Operation, source: InputSource): Promise<unknown> {
  const collected: Collected = { value: {}, outsideBody: new Map() };
  const isBodyless = isRead(source.request.method) || operation.method === "DELETE";
  const taken = isBodyless ? queryNames(operation) : [];
  if (!isBodyless) collected.value = await readJsonObject(source.request);
  refusePathNames(operation, collected.value);
  addQuery(collected, { operation, taken, query: source.query });
  addHeaders(collected, { operation, request: source.request });
  for (const [name, text] of Object.entries(source.path)) place(collected, { name, text, from: "path" });
  return parse(operation, collected);
}

function parse(operation: Operation, { value, outsideBody }: Collected): unknown {
  const parsed = operation.input.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = explainIssues(parsed.error.issues, { schema: operation.input, value, outsideBody });
  const [first = { detail: "The request has the wrong shape.", pointer: "" }, ...others] = faults;
  throw new InvalidInput(first, others);
}

/** The names in an operation's path: `/agents/sessions/{id}` has `id`. */
export function pathNames(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
}

/** The names an operation takes from the query, when it takes any. */
export function queryNames(operation: Operation): string[] {
  const inPath = pathNames(operation.path);
  return listKeys(operation.input).filter((name) => !inPath.includes(name));
}

/** The URL says which session; a body that says it too could say another. */
function refusePathNames(operation: Operation, body: Record<string, unknown>): void {
  const name = pathNames(operation.path).find((inPath) => Object.hasOwn(body, inPath));
  if (name === undefined) return;
  const detail = `unknown key ${JSON.stringify(name)}; it stands in the path`;
  throw new InvalidInput({ detail, pointer: `/${name}` });
}

function addQuery(
  collected: Collected,
  from: { operation: Operation; taken: readonly string[]; query: string },
): void {
  for (const pair of from.query.split("&").filter((text) => text !== "")) {
    const [rawName = "", ...rest] = pair.split("=");
    const name = decode(rawName);
    if (!from.taken.includes(name)) throw unknownParameter(name, from.taken);
    addParameter(collected, { name, raw: rest.join("="), schema: from.operation.input });
  }
}

function addParameter(collected: Collected, given: { name: string; raw: string; schema: z.ZodType }): void {
  const { name, raw } = given;
  const schema = findSchemaAt(given.schema, [name]);
  const before = collected.value[name];
  if (isListSchema(schema)) {
    // A label's value may hold a comma, then sent as %2C; a fixed name cannot, so there both separate.
    const items = isNameListSchema(schema) ? decode(raw).split(",") : raw.split(",").map(decode);
    collected.value[name] = [...(Array.isArray(before) ? before : []), ...items];
    collected.outsideBody.set(name, "query");
    return;
  }
  if (before !== undefined) {
    throw new InvalidInput({ detail: `query parameter ${name} is given twice`, pointer: name });
  }
  place(collected, { name, text: decode(raw), from: "query" });
}

function addHeaders(collected: Collected, from: { operation: Operation; request: IncomingMessage }): void {
  const names = listKeys(from.operation.input);
  const key = from.request.headers["idempotency-key"];
  if (typeof key === "string" && names.includes("idempotency_key")) {
    placeHeader(collected, { name: "idempotency_key", text: key, header: "Idempotency-Key" });
  }
  const lastEventId = from.request.headers["last-event-id"];
  if (from.operation.kind === "stream" && typeof lastEventId === "string" && names.includes("after")) {
    // A browser that comes back repeats the URL's `after` too; what it has seen since is newer.
    place(collected, { name: "after", text: lastEventId, from: "Last-Event-ID" });
  }
}

function placeHeader(collected: Collected, given: { name: string; text: string; header: string }): void {
  const inBody = collected.value[given.name];
  if (inBody !== undefined && inBody !== given.text) {
    const detail = `${given.name} in the body and the header ${given.header} are not the same`;
    throw new InvalidInput({ detail, pointer: `/${given.name}`, hint: "Send one of them." });
  }
  place(collected, { name: given.name, text: given.text, from: given.header });
}

function place(collected: Collected, given: { name: string; text: string; from: string }): void {
  collected.value[given.name] = given.text;
  collected.outsideBody.set(given.name, given.from);
}

function unknownParameter(name: string, taken: readonly string[]): InvalidInput {
  const typed = name.slice(0, 100);
  const [nearest] = findNearest(typed, taken, 1);
  const meant = nearest === undefined ? "" : `; did you mean ${JSON.stringify(nearest)}?`;
  return new InvalidInput({
    detail: `unknown query parameter ${JSON.stringify(typed)}${meant}`,
    pointer: typed,
    hint: taken.length === 0 ? "This takes no query parameters." : `Known: ${taken.join(", ")}.`,
  });
}

function decode(text: string): string {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
