import { readFileSync } from "node:fs";
import { ProfclawError } from "../../core/errors.ts";

/** "goal=Add a check" → a variable; "notes=@notes.md" reads the file. Throws invalid-request. */
export function toVars(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairs.map(toVar));
}

function toVar(pair: string): [string, string] {
  const [, name, value] = /^([A-Za-z][\w-]*)=([\s\S]*)$/.exec(pair) ?? [];
  if (name === undefined || value === undefined) {
    throw new ProfclawError("invalid-request", `--var is "${pair}"; it must be name=value.`, {
      hint: "For example: --var goal='Add a health check'",
    });
  }
  if (!value.startsWith("@")) return [name, value];
  try {
    return [name, readFileSync(value.slice(1), "utf8")];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProfclawError("invalid-request", `--var ${name} names a file that cannot be read: ${reason}`, {
      hint: "A value that itself starts with @: put a space before it.",
    });
  }
}
