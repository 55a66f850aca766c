import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Worktree } from "../../core/worktree.ts";
import { findRepository } from "./find-repository.ts";
import { type Git, type GitPlace, openGit } from "./open-git.ts";
import { type ChangedFile, listChanges } from "./read-changes.ts";
import { commitTree, snapshotTree } from "./snapshot-tree.ts";

/** `applied`: the files that changed there; none if all was there already. */
export type ApplyOutcome = { kind: "applied"; files: ChangedFile[] } | { kind: "conflict"; paths: string[] };

/**
 * Brings what a session changed into the working tree that its worktree was made from, beside what changed there
 * meanwhile: a merge of three trees, written to the files and to nothing else. Where both changed the same lines
 * nothing is written at all. Done again it does nothing, so what a crash cut off is completed by asking again.
 */
export async function applyChanges(place: Omit<GitPlace, "cwd">, worktree: Worktree): Promise<ApplyOutcome> {
  const [git, inside] = await Promise.all([
    openGit({ ...place, cwd: worktree.origin }),
    // Opened for itself: who works in it may have given it settings of its own.
    openGit({ ...place, cwd: worktree.folder }),
  ]);
  await findRepository(git);
  const [ours, theirs] = await Promise.all([snapshotTree(git), snapshotTree(inside)]);
  const merged = await mergeTrees(git, { base: worktree.base, ours: ours.tree, theirs: theirs.tree });
  if (merged.kind === "conflict") return merged;
  const files = await listChanges(git, ours.tree, merged.tree);
  if (files.length > 0) await writeDifference(git, ours.tree, merged.tree);
  return { kind: "applied", files };
}

interface ThreeTrees {
  /** A commit. */
  base: string;
  ours: string;
  theirs: string;
}

type MergeOutcome = { kind: "merged"; tree: string } | { kind: "conflict"; paths: string[] };

/** Without touching any working tree. */
export async function mergeTrees(git: Git, { base, ours, theirs }: ThreeTrees): Promise<MergeOutcome> {
  const mine = await commitTree(git, { tree: ours, parent: base, message: "ours" });
  const other = await commitTree(git, { tree: theirs, parent: base, message: "theirs" });
  const args = ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", mine, other];
  const answer = await git.try(args);
  const [tree = "", ...paths] = answer.text.split("\0");
  if (answer.exitCode === 0) return { kind: "merged", tree };
  if (answer.exitCode === 1) return { kind: "conflict", paths: paths.filter((path) => path !== "") };
  await git.read(args);
  return { kind: "conflict", paths: [] };
}

/** `git apply` checks all of it first, then writes. */
async function writeDifference(git: Git, from: string, to: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "profclaw-apply-"));
  try {
    const file = join(folder, "patch");
    const flags = ["-r", "-p", "--binary", "--full-index", "--no-renames", "--no-ext-diff", "--no-textconv"];
    // Written by git itself: a patch is bytes, not text.
    await writeFile(file, "", { mode: 0o600 });
    await git.read(["diff-tree", ...flags, `--output=${file}`, from, to]);
    await git.read(["apply", "--whitespace=nowarn", file]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
