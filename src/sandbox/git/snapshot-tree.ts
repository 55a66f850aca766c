import { copyFile, lstat, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Git } from "./open-git.ts";

/** Of a working tree. */
export interface Snapshot {
  /** A tree object. */
  tree: string;
  /** The commit that has it: the one that the working tree stands on where nothing else is there, or was wished for. */
  commit: string;
  /** Why something that git does not know is not in it; null: all of it is. */
  leftOut: string | null;
}

export interface SnapshotOptions {
  /**
   * For what others begin with: of files that git does not know at most so many bytes, else none of them, and no
   * repositories that lie in this one. Left out: everything, without a limit.
   */
  maxNewBytes?: number;
  /** What a commit of it on top of the present one is called. */
  commitAs?: string;
}

/**
 * A working tree as it is now, as a tree object: commits, what is staged, what is not, and new files that are not
 * ignored. Neither its files nor its index change. `git` stands at the top of the working tree. Of a repository in
 * it only the commit counts: git would run what that one's settings name to see more.
 */
export async function snapshotTree(git: Git, options: SnapshotOptions = {}): Promise<Snapshot> {
  const seen = await git.script(lookScript, [], { maxBytes: longestListBytes });
  const [places = "", ...entries] = seen.split("\0");
  const { index, head, headTree } = toPlaces(places);
  const { paths, leftOut } = await chooseTaken(git.cwd, entries.flatMap(toUncommitted), options);
  if (paths.length === 0) return { tree: headTree, commit: head, leftOut };
  const written = await writeTree(
    git,
    { index: resolve(git.cwd, index), tree: headTree },
    { ...options, paths },
  );
  const [tree = "", commit = head] = written.split("\n");
  return { tree, commit: tree === headTree ? head : commit, leftOut };
}

const lookScript = `git rev-parse --git-path index 'HEAD^{commit}' 'HEAD^{tree}'
printf '\\000'
git status --porcelain -z --no-renames --untracked-files=all --ignore-submodules=dirty`;

const longestListBytes = 256 * 2 ** 20;

/** The first of them is a path, which may have line ends in it. */
function toPlaces(text: string): { index: string; head: string; headTree: string } {
  const lines = text.trimEnd().split("\n");
  const [head = "", headTree = ""] = lines.slice(-2);
  return { index: lines.slice(0, -2).join("\n"), head, headTree };
}

interface Uncommitted {
  path: string;
  /** Git does not know it. A path of this kind that ends in a slash is a repository of its own. */
  isNew: boolean;
}

function toUncommitted(entry: string): Uncommitted[] {
  return entry === "" ? [] : [{ path: entry.slice(3), isNew: entry.startsWith("??") }];
}

async function chooseTaken(
  top: string,
  changes: readonly Uncommitted[],
  { maxNewBytes }: SnapshotOptions,
): Promise<{ paths: string[]; leftOut: string | null }> {
  const toPaths = (some: readonly Uncommitted[]): string[] => some.map(({ path }) => path.replace(/\/$/, ""));
  if (maxNewBytes === undefined) return { paths: toPaths(changes), leftOut: null };
  const files = changes.filter(({ path }) => !path.endsWith("/"));
  const known = files.filter(({ isNew }) => !isNew);
  const fresh = files.filter(({ isNew }) => isNew);
  if (await areAbove(top, fresh, maxNewBytes)) {
    const leftOut = `the files in ${top} that git does not know are too many or too large for every worktree`;
    return { paths: toPaths(known), leftOut };
  }
  const nested = changes.find(({ path }) => path.endsWith("/"));
  const leftOut = nested === undefined ? null : `${join(top, nested.path)} is a repository of its own`;
  return { paths: toPaths(files), leftOut };
}

const mostNew = 100_000;

async function areAbove(top: string, fresh: readonly Uncommitted[], maxBytes: number): Promise<boolean> {
  let size = 0;
  for (const { path } of fresh) {
    size += await lstat(join(top, path)).then(
      (entry) => entry.size,
      () => 0,
    );
    if (size > maxBytes) return true;
  }
  return fresh.length > mostNew;
}

// Not `git add`: it looks into repositories that lie in this one, by their own settings.
const writeScript = `git update-index -z --add --remove --replace --stdin
tree=$(git write-tree)
echo "$tree"
if [ -n "$1" ]; then git commit-tree "$tree" -p HEAD -m "$1"; fi`;

/** The working tree's own index with these paths as they are now, in a copy of it: a tree, and its commit. */
async function writeTree(
  git: Git,
  head: { index: string; tree: string },
  { paths, commitAs = "" }: SnapshotOptions & { paths: readonly string[] },
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "profclaw-index-"));
  try {
    const index = join(folder, "index");
    const list = join(folder, "paths");
    await writeFile(list, paths.join("\0"), { mode: 0o600 });
    // With what it knows of the files' times, unchanged ones are not read again.
    await copyFile(head.index, index).catch(() => git.read(["read-tree", head.tree], { index }));
    return await git.script(writeScript, [commitAs], { index, stdinFile: list });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
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
