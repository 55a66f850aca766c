import type { SessionId } from "./id.ts";

/** A session's own branch and folder. Decided when it is accepted; made before its first prompt. All paths are real. */
export interface Worktree {
  /** The repository's main folder. */
  root: string;
  /** The working tree it was made from, and where its changes are applied to. */
  origin: string;
  folder: string;
  branch: string;
  /** The commit it begins with. */
  base: string;
}

/** Folder and branch as Claude Code lays them out: `.claude/worktrees/<name>`, `worktree-<name>`. */
export function toWorktree(id: SessionId, made: Pick<Worktree, "root" | "origin" | "base">): Worktree {
  const name = `${ownPrefix}${id.slice(0, 13)}`;
  return { ...made, folder: `${made.root}/${worktreesFolder}/${name}`, branch: `worktree-${name}` };
}

/** The same place in the working tree that the worktree was made from; a path outside of the worktree stays as it is. */
export function toOriginPath(
  worktree: Pick<Worktree, "folder" | "origin"> | undefined,
  path: string,
): string {
  if (worktree === undefined) return path;
  const { folder, origin } = worktree;
  const isInside = path === folder || path.startsWith(`${folder}/`);
  return isInside ? `${origin}${path.slice(folder.length)}` : path;
}

/** Begins the names of all that are ours. */
export const ownPrefix = "profclaw-";

export const worktreesFolder = ".claude/worktrees";
