import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type ErrorCode, ProfclawError } from "../../core/errors.ts";
import { isInside } from "../../policy/path-rules.ts";
import { type Git, toFailure } from "./open-git.ts";

/** A repository as it is seen from a folder in it. Paths are real. */
export interface Repository {
  /** Its main folder: where `.claude/worktrees` is. */
  root: string;
  /** The working tree that the folder lies in. */
  top: string;
  /** Git's own folder, shared by all working trees. */
  common: string;
  /** The commit that the working tree stands on. */
  head: string;
}

/** True if a folder could be in a git repository: cheap, and no git is needed. */
export function mayBeRepository(folder: string): boolean {
  const above = dirname(folder);
  return existsSync(join(folder, ".git")) || (above !== folder && mayBeRepository(above));
}

/** The repository in which worktrees can be made. Throws not-a-repository, repository-unfit, git-missing, git-failed. */
export async function findRepository(git: Git): Promise<Repository> {
  const { cwd } = git;
  const args = ["rev-parse", "--show-toplevel", "--git-common-dir", "--show-superproject-working-tree"];
  const answer = await git.try(args);
  if (answer.exitCode !== 0) refuseFolder(cwd, args, answer);
  const [shown = "", shared = "", outer = ""] = answer.text.split("\n");
  const top = await realpath(shown).catch(() => shown);
  // Its settings may name any folder as the working tree.
  if (!isInside(cwd, top))
    unfit(`the settings of the repository at ${cwd} name another folder, ${top}, as its files`);
  if (outer !== "") unfit(`${top} is a submodule of ${outer}`);
  if (existsSync(join(top, ".gitmodules"))) unfit(`${top} has submodules, which a worktree would not have`);
  const common = await realpath(join(shared.startsWith("/") ? "" : cwd, shared));
  if (basename(common) !== ".git") unfit(`${top} belongs to a bare repository (${common})`);
  const head = await git.try(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
  if (head.exitCode !== 0) unfit(`the branch in ${top} has no commit yet`, 'Make one: git commit -m "first"');
  return { root: dirname(common), top, common, head: head.text.trim() };
}

function refuseFolder(cwd: string, args: readonly string[], answer: Parameters<typeof toFailure>[1]): never {
  const { complaint } = answer;
  if (/not a git repository/i.test(complaint)) {
    refuse(
      "not-a-repository",
      `${cwd} is in no git repository, so it can have no worktree.`,
      "Make one: git init",
    );
  }
  if (/bare repository|must be run in a work tree/i.test(complaint)) unfit(`${cwd} is a bare repository`);
  throw toFailure(args, answer);
}

function unfit(why: string, way?: string): never {
  refuse("repository-unfit", `No worktree can be made: ${why}.`, way);
}

function refuse(code: ErrorCode, detail: string, way?: string): never {
  const without = 'work in the folder itself: --no-worktree (REST: "worktree": false).';
  const hint =
    way === undefined ? `${without.slice(0, 1).toUpperCase()}${without.slice(1)}` : `${way}; or ${without}`;
  throw new ProfclawError(code, detail, { pointer: "worktree", hint });
}
