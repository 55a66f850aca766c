import type { ToolCallPart } from "../core/content.ts";
import type { JsonValue } from "../core/json.ts";

const ownKey = "profclaw";

/** A model's arguments, JSON as it wrote it → the input for the history and for the tool. */
export function parseToolInput(json: string): Pick<ToolCallPart, "input" | "providerOptions"> {
  if (json.trim() === "") return { input: {} };
  const parsed = tryParse(json);
  if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return { input: parsed };
  // Every API refuses a history whose tool input is no object: so {} goes back, and what the model wrote
  // is kept under our own key, which no provider reads.
  return { input: {}, providerOptions: { [ownKey]: { malformedInput: json.slice(0, 10_000) } } };
}

/**
 * What the model wrote where it should have written a JSON object; null if the call is well formed.
 * Such a call must not be run: its result is an error that says so.
 */
export function toMalformedInput(part: ToolCallPart): string | null {
  const kept = part.providerOptions?.[ownKey]?.["malformedInput"];
  return typeof kept === "string" ? kept : null;
}

/** Legal in every API's history, so that a made-up name can be answered "no such tool". */
export function toLegalToolName(name: string): string {
  const legal = name.replaceAll(/[^a-zA-Z0-9_-]/g, "_").slice(0, 64);
  return legal === "" ? "unnamed" : legal;
}

/**
 * An id that is used nowhere yet. Some servers count calls from 0 in every answer; but results are
 * paired by id over the whole history, and effects are keyed by it.
 */
export function toFreshId(id: string, used: ReadonlySet<string>): string {
  const base = id === "" ? "call" : id;
  if (id !== "" && !used.has(id)) return id;
  let count = 2;
  while (used.has(`${base}_${count}`)) count += 1;
  return `${base}_${count}`;
}

function tryParse(json: string): JsonValue | undefined {
  try {
    return JSON.parse(json) as JsonValue;
  } catch {
    return undefined;
  }
}
