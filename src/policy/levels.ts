import { ProfclawError } from "../core/errors.ts";
import type { Grants } from "../core/grants.ts";
import { findNearest } from "../core/nearest.ts";

export const levelNames = ["deny", "allowlist", "acceptEdits", "ask", "auto", "full"] as const;

export type LevelName = (typeof levelNames)[number];

/** A level by its own name, whatever the caller called it, and what it grants. */
export interface Level {
  name: LevelName;
  grants: Grants;
}

/** What a session gets that asks for nothing. */
export const defaultLevel: LevelName = "auto";

/** The levels table, row by row. */
const table: Record<LevelName, Grants> = {
  deny: { reads: "yes", writes: "no", testRun: "no", bash: "no", network: "no", rest: "no" },
  allowlist: { reads: "yes", writes: "no", testRun: "list", bash: "list", network: "list", rest: "no" },
  acceptEdits: { reads: "yes", writes: "yes", testRun: "list", bash: "list", network: "list", rest: "no" },
  ask: {
    reads: "yes",
    writes: "asks",
    testRun: "asks",
    bash: "list-else-asks",
    network: "asks",
    rest: "asks",
  },
  auto: {
    reads: "yes",
    writes: "yes",
    testRun: "list-else-asks",
    bash: "list-else-asks",
    network: "list-else-asks",
    rest: "asks",
  },
  full: { reads: "yes", writes: "yes", testRun: "yes", bash: "yes", network: "yes", rest: "yes" },
};

/** The words that coding agents use for the same levels. */
const aliases: Record<string, LevelName> = {
  plan: "deny",
  dontAsk: "allowlist",
  default: "ask",
  bypassPermissions: "full",
};

/** Every name that parseLevel takes: the levels first, then their other names. */
export const permissionModes: readonly string[] = [...levelNames, ...Object.keys(aliases)];

/** The level of a name or alias, exactly as written. Throws invalid-request with the names it takes. */
export function parseLevel(text: string): Level {
  const name = levelNames.find((level) => level === text) ?? findAlias(text);
  if (name !== undefined) return { name, grants: { ...table[name] } };
  const [nearest] = findNearest(text, permissionModes);
  const guess = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
  throw new ProfclawError(
    "invalid-request",
    `No permission mode is called ${JSON.stringify(text)}.${guess} It is one of ${permissionModes.join(", ")}.`,
    { pointer: "/permission_mode", hint: `Use one of ${permissionModes.join(", ")}.` },
  );
}

/** The other names of a level. */
export function aliasesOf(name: LevelName): string[] {
  return Object.keys(aliases).filter((alias) => aliases[alias] === name);
}

/** True for what only a person with the token may grant: never a model, a repository or a parent. */
export function isPersonOnly(name: LevelName): boolean {
  return name === "full";
}

function findAlias(text: string): LevelName | undefined {
  return Object.hasOwn(aliases, text) ? aliases[text] : undefined;
}
