import { constants, existsSync } from "node:fs";
import { copyFile, lstat, mkdir, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isInside } from "../../policy/path-rules.ts";
import type { Git } from "./open-git.ts";

/** Which ignored files a worktree needs besides: one pattern a line, as in .gitignore. */
const includeFile = ".worktreeinclude";

const mostFiles = 2_000;
const mostBytes = 200 * 2 ** 20;
const pathsPerCall = 200;
const ignored = ["ls-files", "--others", "--ignored"];

/**
 * Copies what `.worktreeinclude` names and git ignores (`.env`, local settings) from a working tree into another
 * one. Links are not followed and not copied; what is too much stays behind. `git` stands at the first one's top.
 */
export async function copyIncluded(git: Git, folder: string): Promise<void> {
  if (!existsSync(join(git.cwd, includeFile))) return;
  const named = await git.try([...ignored, `--exclude-from=${includeFile}`, "-z"]);
  if (named.exitCode !== 0) return;
  const paths = await keepIgnored(
    git,
    named.text.split("\0").filter((path) => path !== ""),
  );
  let left = mostBytes;
  for (const path of paths.slice(0, mostFiles)) left -= await copyOne(git.cwd, folder, { path, left });
}

/** New files that git does not ignore are in the worktree already, or were left out on purpose. */
async function keepIgnored(git: Git, paths: readonly string[]): Promise<string[]> {
  const kept: string[] = [];
  for (let at = 0; at < Math.min(paths.length, mostFiles); at += pathsPerCall) {
    const some = paths.slice(at, at + pathsPerCall);
    const { text } = await git.try([...ignored, "--exclude-standard", "-z", "--", ...some]);
    kept.push(...text.split("\0").filter((path) => path !== "" && !path.startsWith(".claude/worktrees/")));
  }
  return kept;
}

/** How many bytes that took. */
async function copyOne(
  from: string,
  to: string,
  { path, left }: { path: string; left: number },
): Promise<number> {
  const source = join(from, path);
  const entry = await lstat(source).catch(() => undefined);
  if (entry === undefined || !entry.isFile() || entry.size > left) return 0;
  if (!isInside(await realpath(source), from)) return 0;
  const target = join(to, path);
  await mkdir(dirname(target), { recursive: true });
  if (!isInside(await realpath(dirname(target)), to)) return 0;
  await copyFile(source, target, constants.COPYFILE_EXCL).catch(() => undefined);
  return entry.size;
}
