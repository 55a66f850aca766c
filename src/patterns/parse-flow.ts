import { toPlaceText } from "../config/file/config-file.ts";
import { parseSettings } from "../config/file/parse-settings.ts";
import { readFlow } from "../contract/flow-plan.ts";
import { type FlowFile, flowFileShape } from "../contract/flow-shapes.ts";
import { ProfclawError } from "../core/errors.ts";

/** A text, and what it is called in errors. */
export interface FlowText {
  name: string;
  text: string;
}

const mostFaultsTold = 5;

const refusal = {
  code: "invalid-request",
  hint: "Nothing was started. What may stand in a flow: docs/flows.md",
} as const;

/** A flow's file, checked whole. Throws invalid-request with line and column of every fault. */
export function parseFlow({ name, text }: FlowText, vars: Readonly<Record<string, string>>): FlowFile {
  const file = parseSettings(text, { file: name, schema: flowFileShape, refusal });
  const { faults } = readFlow(file.values, vars);
  if (faults.length === 0) return file.values;
  const told = faults.slice(0, mostFaultsTold).map((fault) => {
    const place = file.textPlaceOf(fault.path);
    const value = text.split("\n")[place.line - 1]?.slice(place.column - 1) ?? "";
    // In a text of one line the name itself can be pointed at; of a longer one, its start.
    const column = /^[|>]/.test(value) ? place.column : place.column + fault.offset;
    return `${toPlaceText({ ...place, column })}: ${fault.path.join(".")}: ${fault.text}`;
  });
  const rest = faults.length - told.length;
  const lines = rest > 0 ? [...told, `and ${rest} more`] : told;
  throw new ProfclawError(refusal.code, lines.join("\n"), { hint: refusal.hint });
}
