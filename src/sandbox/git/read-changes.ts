import type { Worktree } from "../../core/worktree.ts";
import type { Git } from "./open-git.ts";
import { snapshotTree } from "./snapshot-tree.ts";

/** One file that differs from the worktree's beginning. */
export interface ChangedFile {
  path: string;
  kind: "added" | "changed" | "deleted";
  /** Lines; null for a file that is not text. */
  added: number | null;
  removed: number | null;
}

/** What a session changed in its worktree, committed or not. */
export interface WorktreeChanges {
  files: ChangedFile[];
  /** As `git diff` prints it. */
  patch: string;
  /** There is more of it than is shown. */
  truncated: boolean;
}

const maxPatchBytes = 4 * 2 ** 20;
const plain = ["-r", "--no-renames", "--no-ext-diff", "--no-textconv", "--full-index"];

/** `git` stands in the worktree. Throws git-failed. */
export async function readChanges(git: Git, { base }: Worktree): Promise<WorktreeChanges> {
  const { tree } = await snapshotTree(git);
  const files = await listChanges(git, base, tree);
  const patch = await git.try(["diff-tree", "-p", ...plain, base, tree], { maxBytes: maxPatchBytes });
  return { files, patch: patch.text, truncated: patch.cut };
}

/** Two trees or commits, file by file. */
export async function listChanges(git: Git, from: string, to: string): Promise<ChangedFile[]> {
  const [counts, kinds] = await Promise.all([
    git.read(["diff-tree", "--numstat", "-z", ...plain, from, to]),
    git.read(["diff-tree", "--name-status", "-z", ...plain, from, to]),
  ]);
  const kindOf = toKinds(kinds.split("\0"));
  return counts
    .split("\0")
    .filter((entry) => entry !== "")
    .map((entry) => {
      const [added = "", removed = "", ...path] = entry.split("\t");
      const name = path.join("\t");
      return {
        path: name,
        kind: kindOf.get(name) ?? "changed",
        added: toCount(added),
        removed: toCount(removed),
      };
    });
}

function toKinds(fields: readonly string[]): Map<string, ChangedFile["kind"]> {
  const kinds = new Map<string, ChangedFile["kind"]>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const letter = fields[at];
    kinds.set(fields[at + 1] ?? "", letter === "A" ? "added" : letter === "D" ? "deleted" : "changed");
  }
  return kinds;
}

function toCount(text: string): number | null {
  return text === "-" ? null : Number(text);
}
