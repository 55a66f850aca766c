import type { Hint } from "../../core/hint.ts";
import type { ConfigValues } from "./config-schema.ts";

/** The `hints:` of a person's configuration. */
export function toHints({ hints }: Pick<ConfigValues, "hints">): Hint[] {
  return Object.entries(hints ?? {}).map(([id, { tool, advice, phrases }]) => ({
    id,
    tool: tool ?? "spawn",
    advice,
    phrases,
  }));
}
