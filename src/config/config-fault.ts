import { ProfclawError } from "../core/errors.ts";

/** One text of a settings file, and where its first character stands; line and column count from 1. */
export interface PlacedText {
  text: string;
  file: string;
  line: number;
  column: number;
}

/** What is wrong in a settings file, and where. */
export function toConfigFault(place: Omit<PlacedText, "text">, detail: string): ProfclawError {
  const at = `${place.file}:${place.line}:${place.column}`;
  return new ProfclawError("config-invalid", `${at}: ${detail.replace(/\.$/, "")}.`, {
    pointer: at,
    hint: "Put it right in that file; it is read again at the next call.",
  });
}
