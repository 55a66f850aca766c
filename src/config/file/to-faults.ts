import type { z } from "zod";
import { findNearest } from "../../core/nearest.ts";
import type { ConfigPath } from "./config-file.ts";
import { listKeysAt } from "./keys-at.ts";

/** What is wrong in a settings file, and with which of its values. */
export interface Fault {
  path: ConfigPath;
  text: string;
  at: "key" | "value";
}

interface FaultSetting {
  raw: unknown;
  schema: z.ZodType;
  refusalOf?: (path: ConfigPath) => string | undefined;
}

/** An issue of the schema in words of ours. */
export function toFaults(issue: z.core.$ZodIssue, setting: FaultSetting): Fault[] {
  const path = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: [...path, key],
      text: setting.refusalOf?.([...path, key]) ?? toUnknownText(setting.schema, path, key),
      at: "key",
    }));
  }
  const message = toMessage(issue);
  const name = path.length === 0 ? "the file" : path.join(".");
  const shown = toShown(path, setting.raw);
  const joined = /^(must|has|is) /.test(message) ? `${name}${shown} ${message}` : `${name}: ${message}`;
  return [{ path, text: joined, at: issue.code === "invalid_key" ? "key" : "value" }];
}

function toMessage(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? issue.message;
  const isMap = issue.code === "invalid_type" && /^(object|record)$/.test(issue.expected);
  if (isMap) return "must be names with values";
  // What the schema itself says of a value tells more than its type does.
  const isTold = issue.code !== "invalid_type" || !issue.message.startsWith("Invalid input");
  return isTold ? issue.message : (typeTexts[issue.expected] ?? issue.message);
}

const typeTexts: Readonly<Record<string, string>> = {
  array: "must be a list",
  boolean: "must be true or false",
  int: "must be a whole number",
  number: "must be a number",
  string: "must be a text",
};

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

function toUnknownText(schema: z.ZodType, path: ConfigPath, key: string): string {
  const known = listKeysAt(schema, path);
  const nearest = findNearest(key, known, 2);
  const where = path.length === 0 ? "" : ` in ${path.join(".")}`;
  const guess =
    nearest.length > 0 ? ` Did you mean ${nearest.join(" or ")}?` : ` There are: ${known.join(", ")}.`;
  return `there is no key "${key.slice(0, 80)}"${where}.${guess}`;
}
