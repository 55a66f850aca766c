import type { Grants } from "../core/grants.ts";
import { parseLevel } from "../policy/levels.ts";
import { meet } from "../policy/meet.ts";
import type { EngineParts } from "./engine-parts.ts";

/** What stands for the level of a session that names none. */
export interface FolderLevel {
  level: string;
  /** What project files that nobody trusts take away from it; null: nothing. */
  narrows: Grants | null;
}

/**
 * `policy.mode` where a session works: of the nearest project file that is trusted, else the person's own, else
 * ours; one that is not trusted may only narrow. Throws config-invalid.
 */
export async function readFolderLevel(
  { rules, defaultLevel }: Pick<EngineParts, "rules" | "defaultLevel">,
  cwd: string,
): Promise<FolderLevel> {
  const { files } = await rules.of(cwd);
  const said = files.flatMap(({ owner, trust, written: { mode } }) =>
    owner === "project" && mode !== undefined ? [{ mode, isTrusted: trust === "trusted" }] : [],
  );
  const narrowing = said.filter(({ isTrusted }) => !isTrusted).map(({ mode }) => parseLevel(mode).grants);
  return {
    level: said.find(({ isTrusted }) => isTrusted)?.mode ?? defaultLevel(),
    narrows: narrowing.length === 0 ? null : narrowing.reduce((all, grants) => meet(all, grants)),
  };
}
