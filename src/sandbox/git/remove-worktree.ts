import { rm } from "node:fs/promises";
import type { Worktree } from "../../core/worktree.ts";
import { mergeTrees } from "./apply-changes.ts";
import { type Git, type GitPlace, openGit } from "./open-git.ts";
import { snapshotTree } from "./snapshot-tree.ts";

/** In the repository's main folder, and in the worktree. */
interface Opened {
  git: Git;
  inside: Git;
}

/**
 * True if all that is in a worktree is also in the last commit of the working tree it was made from, or if nothing
 * was changed in it. Ignored files do not count.
 */
async function isContained({ git, inside }: Opened, worktree: Worktree): Promise<boolean> {
  const { base, origin } = worktree;
  const { tree: theirs } = await snapshotTree(inside);
  const [begun, head] = await Promise.all([
    git.read(["rev-parse", `${base}^{tree}`]),
    inside.read(["rev-parse", "HEAD"]),
  ]);
  if (theirs === begun && head === base) return true;
  const ours = await git.at(origin).read(["rev-parse", "HEAD^{tree}"]);
  const merged = await mergeTrees(git, { base, ours, theirs });
  return merged.kind === "merged" && merged.tree === ours;
}

/** Takes folder and branch away where nothing would be lost. False: it was left as it is. Throws git-failed. */
export async function removeWorktree(
  place: Omit<GitPlace, "cwd">,
  worktree: Worktree,
  trial: boolean,
): Promise<boolean> {
  const { root, folder, branch } = worktree;
  const [git, inside] = await Promise.all([
    openGit({ ...place, cwd: root }),
    // Opened for itself: who works in it may have given it settings of its own.
    openGit({ ...place, cwd: folder }),
  ]);
  if (!(await isContained({ git, inside }, worktree))) return false;
  if (trial) return true;
  // Locked ones are somebody's wish: without a second --force they stay.
  const removed = await git.try(["worktree", "remove", "--force", folder]);
  if (removed.exitCode !== 0) return false;
  await rm(folder, { recursive: true, force: true });
  await git.try(["branch", "--quiet", "-D", branch]);
  return true;
}
