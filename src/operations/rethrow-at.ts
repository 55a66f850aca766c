import { ProfclawError } from "../core/errors.ts";

/** The same refusal, its pointer made whole: "provider" at "/sessions/1" → "/sessions/1/provider". */
export function rethrowAt(error: unknown, place: string): never {
  if (!(error instanceof ProfclawError)) throw error;
  const { code, message, hint, status, pointer = "" } = error;
  throw new ProfclawError(code, message, {
    pointer: pointer.startsWith(place) ? pointer : toWhole(place, pointer.replace(/^\//, "")),
    status,
    ...(hint === undefined ? {} : { hint }),
  });
}

function toWhole(place: string, field: string): string {
  return field === "" ? place : `${place}/${field}`;
}
