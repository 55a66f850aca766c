import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { join } from "node:path";
import { projectFileName } from "../config/file/load-project-config.ts";
import { type WorktreeSetup, parseWorktreeSetup } from "../config/file/parse-worktree-setup.ts";
import { readConfigText } from "../config/file/read-config.ts";
import type { SessionSpec } from "../core/session.ts";
import { type Worktree, worktreesFolder } from "../core/worktree.ts";
import type { EngineParts } from "./engine-parts.ts";
import { toShellWord } from "../core/shell-word.ts";

/** What makes a new worktree ready, from the project's own settings. */
export type FoundSetup =
  | { kind: "none" }
  /** There is one, which may not run here. */
  | { kind: "barred"; file: string; why: string }
  | ({ kind: "script"; file: string } & WorktreeSetup);

/**
 * The setup script of the folder that a worktree is made from; for one that is made from another session's worktree,
 * that of the repository's main folder. It runs code, so a person must trust the very bytes it stands in. What it
 * calls lies where sessions may write: so for a session that another one spawned it needs the right to run commands.
 * Throws config-invalid.
 */
export async function findSetup(
  { trust }: Pick<EngineParts, "trust">,
  { root, origin }: Pick<Worktree, "root" | "origin">,
  { parentId, grants }: Pick<SessionSpec, "parentId" | "grants">,
): Promise<FoundSetup> {
  const folder = origin.startsWith(`${root}/${worktreesFolder}/`) ? root : origin;
  const file = join(folder, projectFileName);
  const text = readConfigText(file, constants.O_NOFOLLOW)?.text;
  const setup = text === undefined ? null : parseWorktreeSetup(text, file);
  if (text === undefined || setup === null) return { kind: "none" };
  const sha256 = createHash("sha256").update(text).digest("hex");
  const state = await trust.stateOf(folder, { path: projectFileName, sha256 });
  if (state !== "trusted") {
    const what = state === "changed" ? "has changed since it was trusted" : "is not trusted";
    return {
      kind: "barred",
      file,
      why: `the folder ${what}; look at it, and say yes: profclaw trust ${toShellWord(folder)}`,
    };
  }
  if (parentId !== null && grants.bash !== "yes") {
    return {
      kind: "barred",
      file,
      why: "a session spawned this one, and its level does not run commands unasked",
    };
  }
  return { kind: "script", file, ...setup };
}
