import { ProfclawError } from "../core/errors.ts";

/** What a setting may be, and one that would do. */
export interface WholeRange {
  /** Default: 1. */
  least?: number;
  most: number;
  example: number;
}

/** A setting that is a whole number; undefined where it is not set. Throws config-invalid. */
export function parseWholeSetting(
  name: string,
  text: string | undefined,
  { least = 1, most, example }: WholeRange,
): number | undefined {
  if (text === undefined || text === "") return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new ProfclawError(
    "config-invalid",
    `${name} is "${text}"; it must be a whole number, ${least} to ${most}.`,
    {
      pointer: name,
      hint: `export ${name}=${example}`,
    },
  );
}
