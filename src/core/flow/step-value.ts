import type { JsonValue } from "../json.ts";
import type { FlowStep, MissingPart, StepResult } from "./flow.ts";
import { type GatheredPart, joinParts, toInlineText } from "./fan-in.ts";

/** What a step that is over has to say. */
export interface StepOutcome {
  status: "completed" | "skipped";
  parts: GatheredPart[];
  missing: MissingPart[];
}

/** What the names in a text stand for. */
export interface NameScope {
  vars: Readonly<Record<string, string>>;
  outcomes: ReadonlyMap<string, StepOutcome>;
  steps: ReadonlyMap<string, FlowStep>;
  item?: JsonValue;
  index?: number;
}

/** A name has no value: what a person is told. */
export class MissingValueError extends Error {
  override readonly name = "MissingValueError";
}

/** The value of a name as JSON. Throws MissingValueError. */
export function lookUp(scope: NameScope, path: readonly string[]): JsonValue {
  const [root = "", name = "", field, ...rest] = path;
  if (root === "vars") return scope.vars[name] ?? "";
  if (root === "index") return (scope.index ?? 0) + 1;
  if (root === "item") return stepInto(scope.item ?? null, path.slice(1), path);
  const outcome = scope.outcomes.get(name);
  if (outcome === undefined) throw new MissingValueError(`Step ${name} has no result.`);
  if (field === "status") return outcome.missing.length > 0 ? "degraded" : outcome.status;
  return rest.length === 0
    ? toText(scope, name, outcome)
    : stepInto(toData(scope, name, outcome), rest, path);
}

/** The same as a text for a model. */
export function lookUpText(scope: NameScope, path: readonly string[]): string {
  const value = lookUp(scope, path);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A list for a foreach: of the structured result, or the lines of a text. Throws MissingValueError. */
export function lookUpList(scope: NameScope, path: readonly string[]): JsonValue[] {
  const [root, name = "", , ...rest] = path;
  const outcome = root === "steps" && rest.length === 0 ? scope.outcomes.get(name) : undefined;
  const value = outcome === undefined ? lookUp(scope, path) : toData(scope, name, outcome);
  const list = typeof value === "string" ? toList(value) : value;
  if (Array.isArray(list)) return list;
  throw new MissingValueError(
    `{{ ${path.join(".")} }} is no list, so there is nothing to do for each of it.`,
  );
}

function toList(text: string): JsonValue {
  const json = parseJson(text);
  if (json !== undefined) return json;
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function isSingle(scope: NameScope, name: string): boolean {
  const step = scope.steps.get(name);
  return step === undefined || step.work.kind === "one" || step.pick !== null;
}

function toText(scope: NameScope, name: string, outcome: StepOutcome): string {
  const [first] = outcome.parts;
  if (!isSingle(scope, name)) return joinParts(outcome.parts, outcome.missing);
  return first === undefined ? "" : toInlineText(first);
}

function toData(scope: NameScope, name: string, { parts }: StepOutcome): JsonValue {
  const values = parts.map(({ result }) => toStructured(result));
  return isSingle(scope, name) ? (values[0] ?? null) : values;
}

/** A text that is JSON counts as what it says, also without a schema. */
function toStructured({ text, structured }: StepResult): JsonValue {
  return structured ?? parseJson(text) ?? text;
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text.trim().replace(/^```(?:json)?\s*\n([\s\S]*?)\n```$/, "$1")) as JsonValue;
  } catch {
    return undefined;
  }
}

function stepInto(value: JsonValue, fields: readonly string[], path: readonly string[]): JsonValue {
  return fields.reduce<JsonValue>((at, field) => {
    const inner =
      typeof at === "object" && at !== null && Object.hasOwn(at, field) ? pickField(at, field) : undefined;
    if (inner !== undefined) return inner;
    throw new MissingValueError(`{{ ${path.join(".")} }}: there is no "${field}" in what came.`);
  }, value);
}

function pickField(value: JsonValue[] | { [key: string]: JsonValue }, field: string): JsonValue | undefined {
  return Array.isArray(value) ? value[Number(field)] : value[field];
}
