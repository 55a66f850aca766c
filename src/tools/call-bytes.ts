import { createHash } from "node:crypto";
import type { JsonValue } from "../core/json.ts";

/** A call as a person is asked about it: what would be done, and where. */
export interface AskedCall {
  tool: string;
  input: JsonValue;
  /** Real path of the workspace. */
  cwd: string;
  /** The real path it would touch; empty for a call without one. */
  realPath: string;
}

/** SHA-256, hex, of the call's canonical bytes: keys sorted, so that equal calls are equal bytes. */
export function hashCall({ tool, input, cwd, realPath }: AskedCall): string {
  const bytes = toCanonicalJson({ tool, input, cwd, path: realPath });
  return createHash("sha256").update(bytes, "utf8").digest("hex");
}

/** The whole call for a person to read: every field of its input, by name, nothing left out. */
export function describeCall({ tool, input, realPath }: AskedCall): string {
  const isFields = typeof input === "object" && input !== null && !Array.isArray(input);
  const fields = isFields ? Object.entries(input) : [["input", input] as const];
  const lines = fields.map(([name, value]) => describeField(name, value));
  return [tool, ...lines, ...(realPath === "" ? [] : [`real path: ${realPath}`])].join("\n");
}

function describeField(name: string, value: JsonValue): string {
  if (typeof value !== "string") return `${name}: ${JSON.stringify(value)}`;
  return value.includes("\n") ? `${name}:\n${value}` : `${name}: ${value}`;
}

function toCanonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(toCanonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).toSorted();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${toCanonicalJson(value[key] ?? null)}`).join(",")}}`;
}
