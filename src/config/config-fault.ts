import { ProfclawError } from "../core/errors.ts";
import { type Place, toPlaceText } from "./file/config-file.ts";

/** What is wrong in a settings file, and where. */
export function toConfigFault(place: Place, detail: string): ProfclawError {
  const at = toPlaceText(place);
  return new ProfclawError("config-invalid", `${at}: ${detail.replace(/\.$/, "")}.`, {
    pointer: at,
    hint: "Put it right in that file; it is read again at the next call.",
  });
}
