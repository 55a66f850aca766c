import type { Grants } from "../core/grants.ts";

/** The column of the levels table that bounds a tool; `sessions` is bounded by the engine instead. */
export type ToolColumn = keyof Grants | "sessions";

/** What the policy must know of a tool to say whether a session gets it. */
export interface ToolClaim {
  name: string;
  column: ToolColumn;
}

/** A session that lists no tools: its grants, the tools there are, and whether it has a parent. */
export interface UnlistedSession {
  grants: Grants;
  tools: readonly ToolClaim[];
  hasParent: boolean;
}

/** Tools that only make sense below a parent, which need not have them itself. They open nothing to anybody. */
export const childTools: ReadonlySet<string> = new Set(["search_via_parent"]);

/** Tools that change files: with one of them, running tests is running code that a model wrote. */
const writeTools: ReadonlySet<string> = new Set(["write_file", "edit_file"]);

/**
 * The names a session gets that lists no tools: all that its level allows at all; `sessions_spawn` for sessions
 * without a parent, `search_via_parent` for the others. `sessions_send` is `whisper` once more, for who names it.
 */
export function toolsAllowedBy({ grants, tools, hasParent }: UnlistedSession): string[] {
  return tools.filter((tool) => isOffered(tool, { grants, hasParent })).map((tool) => tool.name);
}

/** True if the session can change files, by a tool or by any command it likes. */
export function hasWriteTool(tools: readonly string[], grants: Grants): boolean {
  return tools.some((name) => writeTools.has(name) || (name === "bash" && grants.bash === "yes"));
}

function isOffered(tool: ToolClaim, session: { grants: Grants; hasParent: boolean }): boolean {
  if (tool.name === "sessions_spawn") return !session.hasParent;
  if (childTools.has(tool.name)) return session.hasParent;
  if (tool.name === "sessions_send") return false;
  if (tool.column === "sessions") return true;
  const grant = session.grants[tool.column];
  // A level that wants test_run named can not give it to a session that names nothing.
  if (tool.column === "testRun" && grant === "list") return false;
  return grant !== "no";
}
