import type { JsonObject, JsonValue } from "../json.ts";
import type { FlowStep } from "./flow.ts";
import { type NameScope, MissingValueError, lookUp, lookUpList, lookUpText } from "./step-value.ts";
import { parseTemplate, renderTemplate, toOnlyName } from "./template.ts";

/** Sessions that one flow may have, tries apart. */
export const mostUnits = 10_000;

/** One session that a step is to have. */
export interface Unit {
  step: string;
  item: number;
  label: string;
  task: string;
  session: JsonObject;
  weight: number;
  hash: string;
}

/** What a step comes to once all that it needs is there. */
export type Expansion =
  | { kind: "units"; units: Unit[] }
  | { kind: "skipped" }
  | { kind: "fault"; reason: string };

/** `hash`: of a text, the same for the same text for ever. */
export function expandStep(step: FlowStep, scope: NameScope, hash: (text: string) => string): Expansion {
  try {
    if (step.when !== null && !isTrue(step.when, scope)) return { kind: "skipped" };
    const drafts = listDrafts(step, scope);
    if (drafts.length > mostUnits) {
      return {
        kind: "fault",
        reason: `${drafts.length} parts are more than the ${mostUnits} that a flow may have.`,
      };
    }
    const units = drafts.map((draft, item) => {
      const { task, session } = draft;
      return { ...draft, step: step.id, item, hash: hash(JSON.stringify({ task, session })) };
    });
    return { kind: "units", units };
  } catch (error) {
    if (error instanceof MissingValueError) return { kind: "fault", reason: error.message };
    throw error;
  }
}

type Draft = Omit<Unit, "step" | "item" | "hash">;

function listDrafts(step: FlowStep, scope: NameScope): Draft[] {
  const { work, session } = step;
  const render = (text: string, more: Partial<NameScope> = {}): string =>
    renderTemplate(text, (path) => lookUpText({ ...scope, ...more }, path));
  switch (work.kind) {
    case "one":
      return [{ label: step.id, task: render(step.task), session, weight: 1 }];
    case "copies": {
      const task = render(step.task);
      return Array.from({ length: work.count }, (_, index) => ({
        label: `${step.id} ${index + 1}`,
        task,
        session,
        weight: 1,
      }));
    }
    case "team":
      return work.members.map(({ name, task, weight, session: own }, index) => ({
        label: name ?? `${step.id} ${index + 1}`,
        task: render(task),
        session: { ...session, ...own },
        weight,
      }));
    case "each":
      return listItems(work.over, scope).map((item, index) => ({
        label: toLabel(item),
        task: render(step.task, { item, index }),
        session,
        weight: 1,
      }));
  }
}

function listItems(over: string | JsonValue[], scope: NameScope): JsonValue[] {
  if (typeof over !== "string") return over;
  const path = toOnlyName(over);
  if (path !== undefined) return lookUpList(scope, path);
  throw new MissingValueError(
    `foreach is ${JSON.stringify(over)}; it must be a list, or one name in braces.`,
  );
}

function toLabel(item: JsonValue): string {
  const named = typeof item === "object" && item !== null && !Array.isArray(item) ? findName(item) : item;
  const text = typeof named === "string" ? named : JSON.stringify(named);
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

function findName(item: JsonObject): JsonValue {
  return (
    ["name", "title", "id", "label", "task"]
      .map((key) => item[key])
      .find((value) => typeof value === "string") ?? item
  );
}

const no = new Set(["", "false", "no", "0", "null", "skipped"]);

/** A text is true unless it says no; `==` and `!=` compare two. The signs count as written, not as a result says. */
function isTrue(condition: string, scope: NameScope): boolean {
  const parts = parseTemplate(condition);
  const sides: string[] = [""];
  let sign: string | undefined;
  for (const part of parts) {
    const isText = part.kind === "text";
    const [before = "", found, after = ""] = isText
      ? part.text.split(/(==|!=)/, 3)
      : [toPlain(lookUp(scope, part.path))];
    sides[sides.length - 1] += before;
    if (found === undefined) continue;
    sign ??= found;
    sides.push(after);
  }
  const [left = "", right = ""] = sides.map((side) => side.trim().replace(/^(['"])(.*)\1$/, "$2"));
  if (sign === undefined) return !no.has(left.toLowerCase());
  return (left === right) === (sign === "==");
}

function toPlain(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
