import { existsSync } from "node:fs";
import { mkdir, realpath, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { ProfclawError } from "../../core/errors.ts";
import { type Worktree, worktreesFolder } from "../../core/worktree.ts";
import { clearHalfMade } from "./clear-half-made.ts";
import { findRepository } from "./find-repository.ts";
import { hideWorktrees } from "./hide-worktrees.ts";
import { copyIncluded } from "./copy-included.ts";
import { type Git, type GitPlace, openGit } from "./open-git.ts";

/** In git's own folder of a worktree, once all of it is there: without it nobody has worked in it yet. */
const madeMarker = "profclaw-made";

/**
 * Makes a session's branch and folder. A half made one, as a crash leaves it, is made anew; one whose folder is gone
 * comes back from its branch. It counts as made once it is marked. Throws repository-unfit and git-failed.
 */
export async function makeWorktree(place: Omit<GitPlace, "cwd">, worktree: Worktree): Promise<void> {
  const { root, folder, branch } = worktree;
  const git = await openGit({ ...place, cwd: root });
  const { common } = await findRepository(git);
  await hideWorktrees(common);
  await requireOwnFolder(root);
  await rm(folder, { recursive: true, force: true });
  // What a killed git left of this one: prune takes back neither its lock nor its branch's.
  await rm(join(common, "worktrees", basename(folder)), { recursive: true, force: true });
  await rm(join(common, "refs", "heads", `${branch}.lock`), { force: true });
  await clearHalfMade(common, place.signal);
  await git.read(["worktree", "prune", "--expire=now"]);
  await addWorktree(git, worktree);
  await copyIncluded(git.at(worktree.origin), folder);
}

/** From now on it is never made again: somebody works in it. */
export async function markMade(worktree: Worktree): Promise<void> {
  await writeFile(join(toOwnFolder(worktree), madeMarker), `${worktree.branch}\n`);
}

/** True if it is there with all that belongs to it. Without git: a session's every run asks. */
export async function isMade(worktree: Worktree): Promise<boolean> {
  return existsSync(join(worktree.folder, ".git")) && existsSync(join(toOwnFolder(worktree), madeMarker));
}

/** Git's own folder of a worktree, which is called as the worktree's folder is. */
function toOwnFolder({ root, folder }: Worktree): string {
  return join(root, ".git", "worktrees", basename(folder));
}

async function addWorktree(git: Git, { folder, branch, base }: Worktree): Promise<void> {
  const known = await git.try(["rev-parse", "--verify", "--quiet", `refs/heads/${branch}`]);
  const from = known.exitCode === 0 ? [folder, branch] : ["-b", branch, "--no-track", folder, base];
  await git.read(["worktree", "add", "--quiet", ...from]);
}

/** A link at `.claude` could have the worktrees made anywhere. */
async function requireOwnFolder(root: string): Promise<void> {
  const wanted = join(root, worktreesFolder);
  await mkdir(wanted, { recursive: true });
  if ((await realpath(wanted)) === wanted) return;
  throw new ProfclawError(
    "repository-unfit",
    `${wanted} leads to another place, so no worktree is made there.`,
    {
      pointer: "worktree",
      hint: "Take the link away, or work in the folder itself: --no-worktree.",
    },
  );
}
