import { appendFileSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { chmodSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openGit } from "../../../src/sandbox/git/open-git.ts";
import { planWorktrees } from "../../../src/sandbox/git/plan-worktree.ts";
import { snapshotTree } from "../../../src/sandbox/git/snapshot-tree.ts";
import { git, makeRepository, put } from "../../support/git-sandbox.ts";

let outside: string;
let repository: string;

beforeEach(() => {
  outside = realpathSync(mkdtempSync(join(tmpdir(), "profclaw-git-")));
  repository = join(outside, "one");
  mkdirSync(repository);
  makeRepository(repository, {
    "a.txt": "one\n",
    "src/b.txt": "b\n",
    "src/c.txt": "c\n",
    ".gitignore": "*.log\n",
  });
});

afterEach(() => rmSync(outside, { recursive: true, force: true }));

const toPlace = (cwd: string) => ({
  cwd,
  path: process.env["PATH"] ?? "",
  signal: AbortSignal.timeout(30_000),
});

const plan = (cwd: string) => planWorktrees(toPlace(cwd), false);

const snapshot = async (cwd: string) => snapshotTree(await openGit(toPlace(cwd)));

/** What git itself makes of everything in the working tree, in another clone's index. */
function treeByGit(folder: string): string {
  const copy = join(outside, "copy");
  rmSync(copy, { recursive: true, force: true });
  git(outside, "clone", "--quiet", "--no-hardlinks", folder, copy);
  git(copy, "--work-tree", folder, "add", "--all");
  return git(copy, "write-tree");
}

test("edits, new, deleted and renamed files, links, modes and a file that became a folder are all in the tree", async () => {
  put(repository, "a.txt", "edited\n");
  put(repository, "new dir/with\nnewline.txt", "n\n");
  put(repository, "-dash", "d\n");
  put(repository, 'ünï "quoted".txt', "q\n");
  put(repository, "left.log", "ignored\n");
  rmSync(join(repository, "src/c.txt"));
  put(repository, "src/c.txt/inner.txt", "was a file\n");
  git(repository, "mv", "src/b.txt", "moved.txt");
  symlinkSync("a.txt", join(repository, "link"));
  writeFileSync(join(repository, "run.sh"), "#!/bin/sh\n");
  chmodSync(join(repository, "run.sh"), 0o755);
  const before = git(repository, "status", "--porcelain");
  const taken = await snapshot(repository);
  expect(taken.leftOut).toBeNull();
  expect(taken.tree).toBe(treeByGit(repository));
  expect(git(repository, "status", "--porcelain")).toBe(before);
});

test("a clean working tree is its commit, also where only times have changed", async () => {
  writeFileSync(join(repository, "a.txt"), "one\n");
  const head = git(repository, "rev-parse", "HEAD");
  expect(await snapshot(repository)).toMatchObject({ commit: head, leftOut: null });
  expect(await plan(join(repository, "src"))).toEqual({
    root: repository,
    origin: repository,
    base: head,
    warnings: [],
  });
});

test("names with blanks, quotes and line ends of the folder itself do no harm", async () => {
  const odd = join(outside, "a b\n'c\" $(touch x)\n");
  mkdirSync(odd);
  makeRepository(odd, { "a.txt": "a\n", "deep/b.txt": "b\n" });
  put(odd, "new.txt", "new\n");
  const start = await plan(join(odd, "deep"));
  expect(start).toMatchObject({ root: odd, origin: odd });
  expect(git(odd, "show", `${start.base}:new.txt`)).toBe("new");
});

test("a linked worktree of the user's is where changes come from, the main folder is where worktrees are made", async () => {
  const linked = join(outside, "linked");
  git(repository, "worktree", "add", "--quiet", "--detach", linked);
  put(linked, "new.txt", "new\n");
  const start = await plan(linked);
  expect(start).toMatchObject({ root: repository, origin: linked });
  expect(git(repository, "show", `${start.base}:new.txt`)).toBe("new");
});

test("an unmerged file is taken as it lies there", async () => {
  git(repository, "checkout", "--quiet", "-b", "other");
  put(repository, "a.txt", "other\n");
  git(repository, "commit", "--quiet", "--all", "--message=other");
  git(repository, "checkout", "--quiet", "main");
  put(repository, "a.txt", "mine\n");
  git(repository, "commit", "--quiet", "--all", "--message=mine");
  expect(() => git(repository, "merge", "other")).toThrow();
  const { tree } = await snapshot(repository);
  expect(git(repository, "show", `${tree}:a.txt`)).toContain("<<<<<<<");
});

/** A repository in the repository, whose settings name a program that says it has run. */
function nest(name: string): string {
  const inner = join(repository, name);
  mkdirSync(inner);
  makeRepository(inner, { "a.txt": "a\n" });
  put(inner, ".gitattributes", "* filter=evil\n");
  git(inner, "config", "filter.evil.clean", `sh -c 'echo ran >> ${join(outside, "proof")}; cat'`);
  git(inner, "config", "core.fsmonitor", `sh -c 'echo ran >> ${join(outside, "proof")}'`);
  return inner;
}

test("of a repository in the repository nothing is run, whether git knows it or not", async () => {
  const known = nest("known");
  git(repository, "-c", "advice.addEmbeddedRepo=false", "add", "known");
  git(repository, "commit", "--quiet", "--message=nested");
  nest("unknown");
  appendFileSync(join(known, "a.txt"), "changed\n");
  rmSync(join(outside, "proof"), { force: true });
  const start = await plan(repository);
  expect(start.base).toBe(git(repository, "rev-parse", "HEAD"));
  expect(start.warnings).toEqual([expect.stringContaining("unknown/ is a repository of its own")]);
  const { tree } = await snapshot(repository);
  expect(git(repository, "ls-tree", tree, "unknown")).toMatch(/^160000 commit/);
  expect(existsSync(join(outside, "proof"))).toBe(false);
});

test("new files beyond the limit are left out and said, and the edits are still there", async () => {
  put(repository, "a.txt", "edited\n");
  writeFileSync(join(repository, "huge.bin"), Buffer.alloc(51 * 2 ** 20));
  const start = await plan(repository);
  expect(start.warnings).toEqual([expect.stringContaining("too many or too large")]);
  expect(git(repository, "show", `${start.base}:a.txt`)).toBe("edited");
  expect(() => git(repository, "show", `${start.base}:huge.bin`)).toThrow();
});

test("a thousand new files are one tree", async () => {
  for (let at = 0; at < 1_000; at += 1)
    put(repository, `many/${at % 30}/${"x".repeat(150)}-${at}.txt`, `${at}\n`);
  expect((await snapshot(repository)).tree).toBe(treeByGit(repository));
});
