import { copyFile, lstat, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Git } from "./open-git.ts";

/** Of a working tree. */
export interface Snapshot {
  /** A tree object. */
  tree: string;
  /** Why files that git does not know are not in it; null: they are. */
  leftOut: string | null;
}

export interface SnapshotOptions {
  /** Above that, in files that git does not know, they are left out. Default: no limit. */
  maxNewBytes?: number;
}

/**
 * A working tree as it is now, as a tree object: commits, what is staged, what is not, and new files that are not
 * ignored. Neither its files nor its index change. `git` stands at the top of the working tree.
 */
export async function snapshotTree(git: Git, options: SnapshotOptions = {}): Promise<Snapshot> {
  const folder = await mkdtemp(join(tmpdir(), "profclaw-index-"));
  try {
    const index = join(folder, "index");
    const own = resolve(git.cwd, await git.read(["rev-parse", "--git-path", "index"]));
    // With what it knows of the files' times, unchanged ones are not read again.
    await copyFile(own, index).catch(() => git.read(["read-tree", "HEAD"], { index }));
    const leftOut = await findLeftOut(git, options.maxNewBytes ?? Number.POSITIVE_INFINITY);
    await git.read(["add", leftOut === null ? "--all" : "--update"], { index });
    return { tree: await git.read(["write-tree"], { index }), leftOut };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function findLeftOut(git: Git, maxBytes: number): Promise<string | null> {
  if (!Number.isFinite(maxBytes)) return null;
  const listed = await git.try(["ls-files", "--others", "--exclude-standard", "-z"], {
    maxBytes: 4 * 2 ** 20,
  });
  const tooMany = `the files in ${git.cwd} that git does not know are too many or too large for every worktree`;
  if (listed.cut) return tooMany;
  let size = 0;
  for (const path of listed.text.split("\0").filter((name) => name !== "")) {
    size += await lstat(join(git.cwd, path)).then(
      (entry) => entry.size,
      () => 0,
    );
    if (size > maxBytes) return tooMany;
  }
  return null;
}

interface NewCommit {
  tree: string;
  parent: string;
  message: string;
}

/** A commit of a tree, on top of another one; nothing points at it. */
export function commitTree(git: Git, commit: NewCommit): Promise<string> {
  const { tree, parent, message } = commit;
  return git.read(["commit-tree", tree, "-p", parent, "-m", message]);
}
