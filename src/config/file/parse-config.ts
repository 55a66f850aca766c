import type { Document } from "yaml";
import type { z } from "zod";
import { ProfclawError } from "../../core/errors.ts";
import { findNearest } from "../../core/nearest.ts";
import { type ConfigFile, type ConfigPath, type Place, toPlaceText } from "./config-file.ts";
import { configSchema } from "./config-schema.ts";
import { listKeysAt } from "./keys-at.ts";
import { loadYaml } from "../load-yaml.ts";
import { findOffset } from "./find-offset.ts";

const mostAliases = 50;
const mostFaultsTold = 5;

/**
 * The text of a configuration file → its values, with the place of each. Throws config-invalid, with file,
 * line and column of every fault; never with a value that may be a key.
 */
export function parseConfig(text: string, file: string): ConfigFile {
  const { LineCounter, parseDocument } = loadYaml();
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    strict: true,
    stringKeys: true,
    uniqueKeys: true,
  });
  const toPlace = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const [syntax] = [...document.errors, ...document.warnings];
  if (syntax !== undefined)
    throw toInvalid([`${toPlaceText(toPlace(syntax.pos[0]))}: ${toSyntaxText(syntax)}`]);
  const raw = readRaw(document, file);
  const parsed = configSchema.safeParse(raw);
  const placeOf = (path: ConfigPath, at: "key" | "value" = "value"): Place | undefined => {
    const offset = findOffset(document, path, at);
    return offset === undefined ? undefined : toPlace(offset);
  };
  if (parsed.success) return { path: file, values: parsed.data, placeOf: (path) => placeOf(path) };
  throw toInvalid(
    parsed.error.issues.flatMap((issue) =>
      toFaults(issue, raw).map(({ path, text: fault, at }) => {
        const place = placeOf(path, at) ?? toPlace(document.contents?.range?.[0] ?? 0);
        return `${toPlaceText(place)}: ${fault}`;
      }),
    ),
  );
}

function readRaw(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: mostAliases }) ?? {};
  } catch {
    throw toInvalid([`${file}:1:1: it repeats itself by more than ${mostAliases} aliases`]);
  }
}

/** The parser's words name what stands there for an alias or a tag: that may be part of a key. */
function toSyntaxText({ code, message }: { code: string; message: string }): string {
  if (code === "BAD_ALIAS") return "an alias (*name) without its anchor; quote a text that starts with *";
  if (code === "TAG_RESOLVE_FAILED")
    return "a tag (!name) that is not known; quote a text that starts with !";
  if (code === "DUPLICATE_KEY") return "this key is there twice";
  return `this is not YAML: ${message.split("\n")[0]}`;
}

interface Fault {
  path: ConfigPath;
  text: string;
  at: "key" | "value";
}

function toFaults(issue: z.core.$ZodIssue, raw: unknown): Fault[] {
  const path = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...path, key], text: toUnknownText(path, key), at: "key" }));
  }
  const message = issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  const name = path.length === 0 ? "the file" : path.join(".");
  const shown = toShown(path, raw);
  const joined = /^(must|has|is) /.test(message) ? `${name}${shown} ${message}` : `${name}: ${message}`;
  return [{ path, text: joined, at: issue.code === "invalid_key" ? "key" : "value" }];
}

/** The wrong value itself, where it is a plain one and cannot be a secret. */
function toShown(path: ConfigPath, raw: unknown): string {
  const isSecret = path.some((part) => /key|secret|url/.test(String(part)));
  const value = path.reduce<unknown>((at, part) => (isRecord(at) ? at[part] : undefined), raw);
  const isPlain = typeof value === "number" || typeof value === "boolean" || typeof value === "string";
  if (isSecret || !isPlain) return "";
  const text = String(value);
  return ` is ${JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : value)}; it`;
}

function isRecord(value: unknown): value is Record<string | number, unknown> {
  return typeof value === "object" && value !== null;
}

function toUnknownText(path: ConfigPath, key: string): string {
  const known = listKeysAt(configSchema, path);
  const nearest = findNearest(key, known, 2);
  const where = path.length === 0 ? "" : ` in ${path.join(".")}`;
  const guess =
    nearest.length > 0 ? ` Did you mean ${nearest.join(" or ")}?` : ` There are: ${known.join(", ")}.`;
  return `there is no key "${key.slice(0, 80)}"${where}.${guess}`;
}

function toInvalid(faults: string[]): ProfclawError {
  const told = faults.slice(0, mostFaultsTold);
  const rest = faults.length - told.length;
  const [first = "", ...others] = rest > 0 ? [...told, `and ${rest} more`] : told;
  return new ProfclawError("config-invalid", [first, ...others].join("\n"), {
    hint: "Correct the file. What may stand in it: profclaw config explain",
  });
}
