import type { Worktree } from "../../core/worktree.ts";
import { findRepository } from "./find-repository.ts";
import { hideWorktrees } from "./hide-worktrees.ts";
import { type Git, type GitPlace, askGit, openGit } from "./open-git.ts";
import { snapshotTree } from "./snapshot-tree.ts";

/** What worktrees of a folder begin with. */
export interface WorktreeStart extends Pick<Worktree, "root" | "origin" | "base"> {
  /** Said once to who asked. */
  warnings: string[];
}

// A few screens of sources, not a data set: it becomes part of the repository.
const maxNewBytes = 50 * 2 ** 20;

/**
 * The present state of the working tree around a folder as a commit: HEAD, or one on top of it with what is not
 * committed yet. With `trial` nothing is written and it is HEAD. Throws what `findRepository` throws.
 */
export async function planWorktrees(place: GitPlace, trial: boolean): Promise<WorktreeStart> {
  const [git, found] = await Promise.all([openGit(place), findRepository(askGit(place))]);
  const { root, top: origin, common, head } = found;
  if (trial) return { root, origin, base: head, warnings: [] };
  await hideWorktrees(common);
  const { base, leftOut } = await commitPresent(git.at(origin));
  return { root, origin, base, warnings: leftOut === null ? [] : [`Not in the worktrees: ${leftOut}.`] };
}

/** HEAD where nothing is uncommitted. `git` stands at the top of the working tree. */
export async function commitPresent(git: Git): Promise<{ base: string; leftOut: string | null }> {
  const commitAs = `What was not committed in ${git.cwd}`;
  const { commit, leftOut } = await snapshotTree(git, { maxNewBytes, commitAs });
  return { base: commit, leftOut };
}
