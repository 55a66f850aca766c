import type { Place } from "./config-file.ts";
import { parseSettings } from "./parse-settings.ts";
import { policySchemas, refuseInProject } from "./project-schema.ts";

/** One text of a settings file, and where its first character stands. */
export interface PlacedText extends Place {
  text: string;
}

/** The `policy:` part of one settings file, its rules not yet understood. */
export interface PolicySection {
  deny: PlacedText[];
  ask: PlacedText[];
  allow: PlacedText[];
  hosts: PlacedText[];
  /** The level of a session that names none; undefined: not said. */
  mode: string | undefined;
}

/** Reads the `policy:` part of a person's or a project's file. Throws config-invalid with file, line and column. */
export function parsePolicy(text: string, file: string, owner: "user" | "project"): PolicySection {
  const kind = owner === "project" ? { refusalOf: refuseInProject } : {};
  const { values, textPlaceOf } = parseSettings(text, { file, schema: policySchemas[owner], ...kind });
  const { policy = {} } = values;
  const read = (list: "deny" | "ask" | "allow" | "hosts"): PlacedText[] =>
    (policy[list] ?? []).map((entry, index) => ({ text: entry, ...textPlaceOf(["policy", list, index]) }));
  return {
    deny: read("deny"),
    ask: read("ask"),
    allow: read("allow"),
    hosts: read("hosts"),
    mode: policy.mode,
  };
}
