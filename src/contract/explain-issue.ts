import { z } from "zod";
import { findNearest } from "../core/nearest.ts";
import type { InputFault } from "./invalid-input.ts";
import { toJsonPointer } from "./json-pointer.ts";
import { findSchemaAt, listKeys } from "./walk-schema.ts";

/** What an issue is about: the schema, what was sent, and where each top-level key came from. */
export interface ExplainedInput {
  schema: z.ZodType;
  value: unknown;
  /** Names of path, query and header values; everything else is in the body. */
  outsideBody: ReadonlyMap<string, string>;
}

type Issue = z.core.$ZodIssue;

/** A client can send a megabyte of unknown keys; it need not get them all explained. */
const maxFaults = 50;
const maxQuoted = 100;

/** Zod's issues in our words, unknown keys first: a mistyped key explains why another is missing. */
export function explainIssues(issues: readonly Issue[], input: ExplainedInput): InputFault[] {
  const unknownFirst = issues.toSorted((a, b) => rank(a) - rank(b));
  const some = unknownFirst.slice(0, maxFaults);
  return some.flatMap((issue) => explainIssue(issue, input)).slice(0, maxFaults);
}

function rank(issue: Issue): number {
  return issue.code === "unrecognized_keys" ? 0 : 1;
}

function explainIssue(issue: Issue, input: ExplainedInput): InputFault[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.slice(0, maxFaults).map((key) => explainUnknownKey([...issue.path, key], input));
  }
  const subject = nameOf(issue.path, input);
  const schema = findSchemaAt(input.schema, issue.path);
  const meant = schema === null ? undefined : z.globalRegistry.get(schema)?.description;
  return [
    {
      detail: `${subject} ${toWords(issue, input)}`,
      pointer: pointerOf(issue.path, input),
      ...(meant === undefined ? {} : { hint: `${subject}: ${meant}.` }),
    },
  ];
}

function explainUnknownKey(path: readonly PropertyKey[], input: ExplainedInput): InputFault {
  const key = String(path.at(-1));
  const known = listKeys(findSchemaAt(input.schema, path.slice(0, -1)));
  const here = path.length === 1 ? known.filter((name) => !isPlaced(name, input)) : known;
  const [nearest] = findNearest(shorten(key), here, 1);
  return {
    detail: `unknown key ${quote(key)}${nearest === undefined ? "" : `; did you mean ${quote(nearest)}?`}`,
    pointer: pointerOf(path, input),
    hint: here.length === 0 ? "No keys are taken here." : `Known keys: ${here.join(", ")}.`,
  };
}

/** Path parameters have their place in the URL. */
function isPlaced(name: string, input: ExplainedInput): boolean {
  return input.outsideBody.get(name) === "path";
}

function toWords(issue: Issue, input: ExplainedInput): string {
  const sent = valueAt(input.value, issue.path);
  switch (issue.code) {
    case "invalid_type":
      return sent === undefined
        ? `is missing; ${withArticle(issue.expected)} is expected`
        : toTypeWords(issue, sent);
    case "invalid_value":
      return toChoiceWords(issue.values.map(String), sent);
    case "too_small":
      return `${toBoundWords(issue.origin, "at least", Number(issue.minimum))}${toSentWords(sent)}`;
    case "too_big":
      return `${toBoundWords(issue.origin, "at most", Number(issue.maximum))}${toSentWords(sent)}`;
    case "invalid_format":
      return `${toFormatWords(issue)}${toSentWords(sent)}`;
    case "invalid_key":
      return `has the key ${quote(String(issue.path.at(-1)))}, which is not a name that is allowed there`;
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    default:
      return issue.message;
  }
}

function toTypeWords(issue: Issue & { code: "invalid_type" }, sent: unknown): string {
  const found = typeof sent === "number" && issue.expected === "int" ? JSON.stringify(sent) : describe(sent);
  return `must be ${withArticle(issue.expected)}, not ${found}`;
}

function toChoiceWords(choices: readonly string[], sent: unknown): string {
  const [nearest] = typeof sent === "string" ? findNearest(shorten(sent), choices, 1) : [];
  const meant = nearest === undefined ? "" : `; did you mean ${quote(nearest)}?`;
  return `must be one of ${choices.join(", ")}${toSentWords(sent)}${meant}`;
}

function toBoundWords(origin: string, bound: string, limit: number): string {
  if (origin === "string") return `must have ${bound} ${limit} character${limit === 1 ? "" : "s"}`;
  if (origin === "array") return `must have ${bound} ${limit} item${limit === 1 ? "" : "s"}`;
  return `must be ${bound} ${limit}`;
}

function toFormatWords(issue: Issue & { code: "invalid_format" }): string {
  if (issue.format === "datetime") return "must be an RFC 3339 time, as 2026-01-31T12:00:00Z";
  return issue.message.startsWith("Invalid") ? "has the wrong form" : issue.message;
}

/** Short values are repeated, so that it is plain which one is meant. */
function toSentWords(sent: unknown): string {
  if (typeof sent === "number") return `, not ${sent}`;
  return typeof sent === "string" && sent.length <= 60 ? `, not ${quote(sent)}` : "";
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "string" && value.length <= 60 ? quote(value) : withArticle(typeof value);
}

function withArticle(type: string): string {
  if (type === "int") return "a whole number";
  const name = type === "record" ? "object" : type;
  return `${/^[aeio]/.test(name) ? "an" : "a"} ${name}`;
}

/** `sessions[0].task`, or "query parameter limit". */
function nameOf(path: readonly PropertyKey[], input: ExplainedInput): string {
  const [first, ...rest] = path;
  if (first === undefined) return "the body";
  const place = input.outsideBody.get(String(first));
  const inner = rest.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return `${place === "query" ? "query parameter " : ""}${String(first)}${inner}`;
}

function pointerOf(path: readonly PropertyKey[], input: ExplainedInput): string {
  const place = input.outsideBody.get(String(path[0]));
  if (place === undefined)
    return toJsonPointer(path.map((part) => (typeof part === "string" ? shorten(part) : part)));
  return place === "path" || place === "query" ? String(path[0]) : place;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, part) => {
    const isInside = typeof inner === "object" && inner !== null && Object.hasOwn(inner, part);
    return isInside ? Reflect.get(inner, part) : undefined;
  }, value);
}

function quote(text: string): string {
  return JSON.stringify(shorten(text));
}

function shorten(text: string): string {
  return text.length > maxQuoted ? `${text.slice(0, maxQuoted)}…` : text;
}
