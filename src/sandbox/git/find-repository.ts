import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { isRepositoryTop } from "../../config/repository-top.ts";
import { type ErrorCode, ProfclawError } from "../../core/errors.ts";
import { isInside } from "../../policy/path-rules.ts";
import { type Git, type GitAnswer, toFailure } from "./open-git.ts";

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
  return isRepositoryTop(folder) || (above !== folder && mayBeRepository(above));
}

type Asking = Pick<Git, "cwd" | "try">;

/** What git says of a folder, unchecked. */
interface Places {
  top: string;
  common: string;
  /** Of which it is a submodule; empty: of none. */
  outer: string;
  /** Empty where there is no commit. */
  head: string;
}

/** The repository in which worktrees can be made. Throws not-a-repository, repository-unfit, git-missing, git-failed. */
export async function findRepository(git: Asking): Promise<Repository> {
  const { cwd } = git;
  const places = (await readPlaces(git)) ?? (await readPlacesApart(git));
  const { outer, head } = places;
  const top = await realpath(places.top).catch(() => places.top);
  // Its settings may name any folder as the working tree.
  if (!isInside(cwd, top))
    unfit(`the settings of the repository at ${cwd} name another folder, ${top}, as its files`);
  if (outer !== "") unfit(`${top} is a submodule of ${outer}`);
  if (existsSync(join(top, ".gitmodules"))) unfit(`${top} has submodules, which a worktree would not have`);
  const common = await realpath(resolve(cwd, places.common));
  if (basename(common) !== ".git") unfit(`${top} belongs to a bare repository (${common})`);
  if (head === "")
    unfit(`the branch in ${top} has no commit yet`, 'Make one: git commit --allow-empty -m "first"');
  return { root: dirname(common), top, common, head };
}

const questions = {
  top: ["--show-toplevel"],
  common: ["--git-common-dir"],
  outer: ["--show-superproject-working-tree"],
  head: ["--verify", "--quiet", "HEAD^{commit}"],
} as const;

/** All at once; null where the answer can not be told apart: a path has a line end in it, or there is no commit. */
async function readPlaces(git: Asking): Promise<Places | null> {
  const { top, common, outer } = questions;
  const answer = await git.try(["rev-parse", ...top, ...common, "HEAD^{commit}", ...outer]);
  const lines = answer.text.replace(/\n$/, "").split("\n");
  if (answer.exitCode !== 0 || git.cwd.includes("\n") || lines.length > 4) return null;
  const [shown = "", shared = "", head = "", around = ""] = lines;
  return { top: shown, common: shared, head, outer: around };
}

async function readPlacesApart(git: Asking): Promise<Places> {
  const ask = (of: keyof typeof questions): Promise<GitAnswer> => git.try(["rev-parse", ...questions[of]]);
  const [top, common, outer, head] = await Promise.all([
    ask("top"),
    ask("common"),
    ask("outer"),
    ask("head"),
  ]);
  for (const answer of [top, common, outer]) {
    if (answer.exitCode !== 0) refuseFolder(git.cwd, ["rev-parse"], answer);
  }
  return { top: toPath(top), common: toPath(common), outer: toPath(outer), head: head.text.trim() };
}

function toPath({ text }: GitAnswer): string {
  return text.replace(/\n$/, "");
}

function refuseFolder(cwd: string, args: readonly string[], answer: GitAnswer): never {
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
