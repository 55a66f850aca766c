import type { Document } from "yaml";
import type { z } from "zod";
import { type ErrorCode, ProfclawError } from "../../core/errors.ts";
import { loadYaml } from "../load-yaml.ts";
import { type ConfigPath, type ParsedFile, type Place, toPlaceText } from "./config-file.ts";
import { findOffset } from "./find-offset.ts";
import { type Fault, toFaults } from "./to-faults.ts";

const mostAliases = 50;
const mostFaultsTold = 5;

/** What a file may say. `refusalOf` explains a key that the schema does not know and a person might expect. */
export interface FileKind<Values> {
  file: string;
  schema: z.ZodType<Values>;
  refusalOf?: (path: ConfigPath) => string | undefined;
  /** How a fault is told; left out: as one of the settings. */
  refusal?: Refusal;
}

interface Refusal {
  code: ErrorCode;
  hint: string;
}

const settingsRefusal: Refusal = {
  code: "config-invalid",
  hint: "Correct the file. What may stand in it: profclaw config explain",
};

/**
 * The text of a settings file → its values, with the place of each. An empty value is one that is not there.
 * Throws config-invalid, or as the kind says, with file, line and column of every fault; never with a value that may be a key.
 */
export function parseSettings<Values>(text: string, kind: FileKind<Values>): ParsedFile<Values> {
  const { file, schema, refusal = settingsRefusal } = kind;
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
    throw toInvalid([`${toPlaceText(toPlace(syntax.pos[0]))}: ${toSyntaxText(syntax)}`], refusal);
  const raw = readRaw(document, { file, refusal });
  const parsed = schema.safeParse(raw);
  if (parsed.success) return toParsedFile(parsed.data, { file, text, document, toPlace });
  const toText = (fault: Fault): string => {
    const offset = findOffset(document, fault.path, fault.at) ?? document.contents?.range?.[0] ?? 0;
    return `${toPlaceText(toPlace(offset))}: ${fault.text}`;
  };
  const { issues } = parsed.error;
  throw toInvalid(
    issues.flatMap((issue) => toFaults(issue, { raw, ...kind }).map(toText)),
    refusal,
  );
}

interface ReadText {
  file: string;
  text: string;
  document: Document;
  toPlace: (offset: number) => Place;
}

function toParsedFile<Values>(
  values: Values,
  { file, text, document, toPlace }: ReadText,
): ParsedFile<Values> {
  const offsetOf = (path: ConfigPath): number | undefined => findOffset(document, path, "value");
  return {
    path: file,
    values,
    placeOf(path) {
      const offset = offsetOf(path);
      return offset === undefined ? undefined : toPlace(offset);
    },
    textPlaceOf(path) {
      const offset = offsetOf(path) ?? 0;
      const isQuoted = text[offset] === '"' || text[offset] === "'";
      return toPlace(isQuoted ? offset + 1 : offset);
    },
  };
}

function readRaw(document: Document, { file, refusal }: { file: string; refusal: Refusal }): unknown {
  try {
    return leaveEmptyOut(document.toJS({ maxAliasCount: mostAliases })) ?? {};
  } catch {
    throw toInvalid([`${file}:1:1: it repeats itself by more than ${mostAliases} aliases`], refusal);
  }
}

/** `policy:` with nothing behind it says nothing. */
function leaveEmptyOut(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => leaveEmptyOut(item));
  if (typeof value !== "object" || value === null) return value;
  const said = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(said.map(([key, inner]) => [key, leaveEmptyOut(inner)]));
}

/** The parser's words name what stands there for an alias or a tag: that may be part of a key. */
function toSyntaxText({ code, message }: { code: string; message: string }): string {
  if (code === "BAD_ALIAS") return "an alias (*name) without its anchor; quote a text that starts with *";
  if (code === "TAG_RESOLVE_FAILED")
    return "a tag (!name) that is not known; quote a text that starts with !";
  if (code === "DUPLICATE_KEY") return "this key is there twice";
  return `this is not YAML: ${message.split("\n")[0]}`;
}

function toInvalid(faults: string[], { code, hint }: Refusal): ProfclawError {
  const told = faults.slice(0, mostFaultsTold);
  const rest = faults.length - told.length;
  const [first = "", ...others] = rest > 0 ? [...told, `and ${rest} more`] : told;
  return new ProfclawError(code, [first, ...others].join("\n"), { hint });
}
