import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * True if a git repository's files begin in this folder: its `.git` is a file, or a folder with a HEAD. An empty
 * one is no repository for git either; codex's sandbox leaves such in temporary folders (seen with 0.169).
 */
export function isRepositoryTop(folder: string): boolean {
  const path = join(folder, ".git");
  return existsSync(join(path, "HEAD")) || (statSync(path, { throwIfNoEntry: false })?.isFile() ?? false);
}
