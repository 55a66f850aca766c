import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";
import { git, makeRepository, put } from "../../support/git-sandbox.ts";

let daemon: InProcessDaemon;
let repository: string;
let proof: string;

/** Its task names what is written: "a.txt=new text". */
beforeEach(async () => {
  daemon = await startInProcessDaemon(({ firstUserText, turn }) => {
    const [path = "", content = ""] = firstUserText.split("=");
    if (turn > 0 || content === "") return { text: "done" };
    return { toolCalls: [{ name: "write_file", input: { path, content } }] };
  });
  repository = daemon.workspace;
  proof = join(daemon.home, "..", "proof");
  makeRepository(repository, { "a.txt": "one\ntwo\nthree\n", "src/b.txt": "b\n", ".gitignore": "*.env\n" });
});

afterEach(() => daemon.close());

async function run(...tasks: string[]) {
  const ids = await daemon.spawn(tasks.map((task) => ({ task, worktree: true })));
  return daemon.untilEnded(ids);
}

const placed = async (...sessions: { tools?: string[]; worktree?: boolean; permission_mode?: string }[]) => {
  const view = await daemon.handlers.createSessions(
    { sessions: sessions.map((session) => ({ task: "x", provider: "anthropic", ...session })) },
    admin,
  );
  await daemon.untilEnded(view.sessions.map(({ id }) => id));
  return view.sessions.map(({ worktree }) => worktree !== null);
};

const refusal = (cwd: string) =>
  daemon.spawn([{ task: "x", worktree: true, cwd }]).then(
    () => undefined,
    (error: unknown) => error,
  );

const apply = (id: string) => daemon.handlers.applySession({ id }, admin);

test("each session writes in a branch and folder of its own, and the folder it was spawned in stays as it was", async () => {
  const sessions = await run("a.txt=mine\n", "a.txt=yours\n");
  expect(sessions.map(({ status }) => status)).toEqual(["completed", "completed"]);
  const folders = sessions.map(({ worktree }) => worktree?.folder ?? "");
  expect(folders.map((folder) => readFileSync(join(folder, "a.txt"), "utf8"))).toEqual(["mine\n", "yours\n"]);
  expect(folders[0]?.startsWith(`${repository}/.claude/worktrees/`)).toBe(true);
  expect(git(folders[0] ?? "", "branch", "--show-current")).toBe(sessions[0]?.worktree?.branch);
  expect(readFileSync(join(repository, "a.txt"), "utf8")).toBe("one\ntwo\nthree\n");
  expect(git(repository, "status", "--porcelain")).toBe("");
});

test("what was not committed when it was spawned is in the worktree, and not in the diff", async () => {
  put(repository, "a.txt", "edited\n");
  put(repository, "new.txt", "not added yet\n");
  const [session] = await run("c.txt=c\n");
  const folder = session?.worktree?.folder ?? "";
  expect(readFileSync(join(folder, "a.txt"), "utf8")).toBe("edited\n");
  expect(readFileSync(join(folder, "new.txt"), "utf8")).toBe("not added yet\n");
  const diff = await daemon.handlers.getSessionDiff({ id: session?.id ?? "" }, admin);
  expect(diff.files).toEqual([{ path: "c.txt", kind: "added", added: 1, removed: 0 }]);
  expect(diff.patch).toContain("+c");
  expect(git(repository, "status", "--porcelain")).toBe("M a.txt\n?? new.txt");
});

test("applied changes stand beside what changed there meanwhile, and applying again does nothing", async () => {
  const [session] = await run("src/c.txt=c\n");
  put(repository, "a.txt", "mine\n");
  const first = await apply(session?.id ?? "");
  expect(first.files.map(({ path }) => path)).toEqual(["src/c.txt"]);
  expect(readFileSync(join(repository, "src/c.txt"), "utf8")).toBe("c\n");
  expect(readFileSync(join(repository, "a.txt"), "utf8")).toBe("mine\n");
  expect((await apply(session?.id ?? "")).files).toEqual([]);
});

test("two that changed the same lines: the first is applied, the second is refused with the file's name and changes nothing", async () => {
  const ids = await daemon.spawn([
    { task: "a.txt=first\n", worktree: true },
    { task: "a.txt=second\n", worktree: true },
  ]);
  const [first, second] = await daemon.untilEnded(ids);
  put(second?.worktree?.folder ?? "", "other.txt", "not alone\n");
  await apply(first?.id ?? "");
  await expect(apply(second?.id ?? "")).rejects.toMatchObject({
    code: "apply-conflict",
    message: expect.stringContaining("a.txt"),
  });
  expect(readFileSync(join(repository, "a.txt"), "utf8")).toBe("first\n");
  expect(existsSync(join(repository, "other.txt"))).toBe(false);
});

test("two that may write in one repository get worktrees unasked; one alone, readers and those told no do not", async () => {
  expect(await placed({}, {})).toEqual([true, true]);
  expect(await placed({})).toEqual([false]);
  expect(await placed({ tools: ["read_file"] }, {}, {})).toEqual([false, true, true]);
  expect(await placed({ tools: ["read_file"] }, {})).toEqual([false, false]);
  expect(await placed({ permission_mode: "plan" }, { permission_mode: "plan" })).toEqual([false, false]);
  expect(await placed({ worktree: false }, { worktree: false })).toEqual([false, false]);
  expect(await placed({ worktree: false }, {})).toEqual([false, true]);
});

test("a session below the repository's top works in the same place below its worktree", async () => {
  const [id = ""] = await daemon.spawn([{ task: "d.txt=d\n", worktree: true, cwd: "src" }]);
  const [session] = await daemon.untilEnded([id]);
  expect(session?.cwd).toBe(`${session?.worktree?.folder}/src`);
  expect(existsSync(join(session?.cwd ?? "", "d.txt"))).toBe(true);
});

test("where no worktree can be made it says why and what to type, and accepts nothing", async () => {
  const outside = join(repository, "..");
  expect(await refusal(outside)).toMatchObject({ code: "not-a-repository", pointer: "/sessions/0/worktree" });
  put(join(outside, "unborn"), "x", "x");
  git(join(outside, "unborn"), "init", "--quiet");
  expect(await refusal(join(outside, "unborn"))).toMatchObject({
    code: "repository-unfit",
    message: expect.stringContaining("no commit yet"),
  });
  git(outside, "clone", "--quiet", "--bare", repository, "bare.git");
  expect(await refusal(join(outside, "bare.git"))).toMatchObject({ code: "repository-unfit" });
  put(repository, ".gitmodules", "");
  expect(await refusal(repository)).toMatchObject({ message: expect.stringContaining("submodules") });
  rmSync(join(repository, ".gitmodules"));
  git(repository, "checkout", "--quiet", "--detach");
  const [detached] = await run("a.txt=from a detached head\n");
  expect(detached?.status).toBe("completed");
});

test("no program that the repository's settings name is run, by making, reading or applying", async () => {
  put(repository, ".gitattributes", "* filter=evil diff=evil merge=evil\n");
  git(repository, "add", "--all");
  git(repository, "commit", "--quiet", "--message=attributes");
  const evil = `sh -c 'echo ran >> ${proof}; cat'`;
  for (const key of [
    "filter.evil.clean",
    "filter.evil.smudge",
    "filter.evil.process",
    "diff.evil.textconv",
  ]) {
    git(repository, "config", key, evil);
  }
  for (const key of [
    "diff.evil.command",
    "diff.external",
    "merge.evil.driver",
    "core.fsmonitor",
    "gpg.program",
  ]) {
    git(repository, "config", key, evil);
  }
  git(repository, "config", "filter.evil.required", "true");
  git(repository, "config", "commit.gpgSign", "true");
  put(repository, ".git/hooks/post-checkout", `#!/bin/sh\necho hook >> ${proof}\n`);
  put(repository, ".git/hooks/reference-transaction", `#!/bin/sh\necho hook >> ${proof}\n`);
  for (const hook of ["post-checkout", "reference-transaction"]) {
    rmSync(join(repository, `.git/hooks/${hook}.sample`), { force: true });

    chmodSync(join(repository, ".git/hooks", hook), 0o755);
  }
  rmSync(proof, { force: true });
  const [session] = await run("a.txt=one\ntwo\nchanged\n");
  put(repository, "a.txt", "changed\ntwo\nthree\n");
  expect(session?.status).toBe("completed");
  await daemon.handlers.getSessionDiff({ id: session?.id ?? "" }, admin);
  await apply(session?.id ?? "").catch(() => undefined);
  expect(existsSync(proof)).toBe(false);
});

test("a link at .claude does not lead the worktrees to another place", async () => {
  const elsewhere = join(repository, "..", "elsewhere");
  put(elsewhere, "keep", "x");
  symlinkSync(elsewhere, join(repository, ".claude"));
  const [session] = await run("a.txt=x\n");
  expect(session).toMatchObject({
    status: "failed",
    reason: "worktree",
    error: { code: "repository-unfit" },
  });
  expect(existsSync(join(elsewhere, "worktrees", "a.txt"))).toBe(false);
});

test("files that .worktreeinclude names and git ignores are there; links are not followed", async () => {
  put(repository, ".worktreeinclude", "*.env\n");
  put(repository, "local.env", "A=1\n");
  symlinkSync("/etc/passwd", join(repository, "link.env"));
  const [session] = await run("c.txt=c\n");
  const folder = session?.worktree?.folder ?? "";
  expect(readFileSync(join(folder, "local.env"), "utf8")).toBe("A=1\n");
  expect(existsSync(join(folder, "link.env"))).toBe(false);
});

test("a crash before, in the middle of and after the making leaves one branch and one folder, whole", async () => {
  const view = await daemon.handlers.createSessions(
    { sessions: [{ task: "c.txt=c\n", provider: "anthropic", worktree: true }], dry_run: true },
    admin,
  );
  expect(git(repository, "branch", "--list", "worktree-*")).toBe("");
  expect(view.sessions[0]?.worktree).not.toBeNull();
  const [session] = await run("c.txt=c\n");
  const { folder = "", branch = "" } = session?.worktree ?? {};
  // As a git that was killed halfway leaves it: branch, its lock and folder, but nothing that says it was made.
  rmSync(join(repository, ".git/worktrees", folder.split("/").at(-1) ?? "", "profclaw-made"));
  put(folder, "half", "half\n");
  put(repository, `.git/refs/heads/${branch}.lock`, "");
  await daemon.crash();
  await daemon.handlers.resumeSession({ id: session?.id ?? "", message: "go on" }, admin);
  await daemon.until(session?.id ?? "", ({ status, resumes }) => resumes === 1 && status === "completed");
  expect(existsSync(join(folder, "half"))).toBe(false);
  expect(git(repository, "worktree", "list", "--porcelain").match(/^worktree /gm)).toHaveLength(2);
  expect(git(repository, "branch", "--list", "worktree-*").split("\n")).toHaveLength(1);
  expect(git(folder, "status", "--porcelain")).toBe("");
  expect(branch).toContain("worktree-profclaw-");
});

test("a retry begins where the first one began, a fork with what it has made", async () => {
  const [session] = await run("c.txt=c\n");
  const id = session?.id ?? "";
  const retried = await daemon.handlers.retrySession({ id }, admin);
  const forked = await daemon.handlers.forkSession({ id, message: "more" }, admin);
  const [retry, fork] = await daemon.untilEnded([
    retried.sessions[0]?.id ?? "",
    forked.sessions[0]?.id ?? "",
  ]);
  expect(retry?.worktree?.base).toBe(session?.worktree?.base);
  expect(fork?.worktree?.folder).not.toBe(session?.worktree?.folder);
  expect(readFileSync(join(fork?.worktree?.folder ?? "", "c.txt"), "utf8")).toBe("c\n");
});

test("a session without a worktree has no diff, and says where to look", async () => {
  const [id = ""] = await daemon.spawn([{ task: "a.txt=x\n" }]);
  await daemon.untilEnded([id]);
  await expect(daemon.handlers.getSessionDiff({ id }, admin)).rejects.toMatchObject({ code: "no-worktree" });
});

test("a session applies nothing", async () => {
  const [session] = await run("c.txt=c\n");
  const id = session?.id ?? "";
  const asSession = { ...admin, caller: { kind: "session" as const, sessionId: id } };
  await expect(daemon.handlers.applySession({ id }, asSession)).rejects.toMatchObject({
    code: "policy-denied",
  });
});

test("gc takes away what is unchanged or committed, and never what is dirty, unmerged or at work", async () => {
  const sessions = await run("nothing", "c.txt=c\n", "d.txt=d\n", "e.txt=e\n");
  const [idle = "", merged = "", open = "", dirty = ""] = sessions.map(
    ({ worktree }) => worktree?.folder ?? "",
  );
  for (const { id } of [sessions[1], sessions[3]].flatMap((one) => one ?? [])) await apply(id);
  git(repository, "add", "--all");
  git(repository, "commit", "--quiet", "--message=merged");
  put(dirty, "later.txt", "not committed anywhere\n");
  const trial = await daemon.handlers.collectGarbage({ dry_run: true }, admin);
  expect(trial).toMatchObject({ worktrees: 2 });
  expect([idle, merged].map((folder) => existsSync(folder))).toEqual([true, true]);
  const garbage = await daemon.handlers.collectGarbage({ dry_run: false }, admin);
  expect(garbage.worktrees).toBe(2);
  expect(garbage.worktrees_kept.toSorted()).toEqual([open, dirty].toSorted());
  expect([idle, merged, open, dirty].map((folder) => existsSync(folder))).toEqual([false, false, true, true]);
  expect(git(repository, "branch", "--list", "worktree-*").split("\n")).toHaveLength(2);
});

test("a session that goes on after its worktree was taken away gets it back", async () => {
  const [session] = await run("nothing");
  const id = session?.id ?? "";
  await daemon.handlers.collectGarbage({ dry_run: false }, admin);
  expect(existsSync(session?.cwd ?? "")).toBe(false);
  await daemon.handlers.resumeSession({ id, message: "go on" }, admin);
  await daemon.until(id, ({ status, resumes }) => resumes === 1 && status === "completed");
  expect(existsSync(join(session?.cwd ?? "", "a.txt"))).toBe(true);
});

test("a session whose repository is gone goes on nowhere, and is told that and not that git is missing", async () => {
  const elsewhere = join(daemon.home, "..", "else where");
  mkdirSync(elsewhere);
  makeRepository(elsewhere, { "a.txt": "a" });
  const [id = ""] = await daemon.spawn([{ task: "nothing", worktree: true, cwd: elsewhere }]);
  await daemon.untilEnded([id]);
  rmSync(elsewhere, { recursive: true });
  const hint = `git -C '${elsewhere}' log`;
  await expect(daemon.handlers.getSessionDiff({ id }, admin)).rejects.toMatchObject({
    hint: expect.stringContaining(hint),
  });
  await daemon.handlers.resumeSession({ id, message: "go on" }, admin);
  const ended = await daemon.until(id, ({ status, resumes }) => resumes === 1 && status === "failed");
  expect(ended.error).toMatchObject({ code: "cwd-not-found", detail: expect.stringContaining(elsewhere) });
});

test("a session that is deleted leaves a folder whose changes are nowhere else, and says which", async () => {
  const [changed, idle] = await run("c.txt=c\n", "nothing");
  const kept = await daemon.handlers.removeSession({ id: changed?.id ?? "" }, admin);
  expect(kept.worktrees_kept).toEqual([changed?.worktree?.folder]);
  expect((await daemon.handlers.removeSession({ id: idle?.id ?? "" }, admin)).worktrees_kept).toEqual([]);
  expect(existsSync(idle?.worktree?.folder ?? "")).toBe(false);
});

const leave = (name: string): string => {
  const left = join(repository, ".git", "worktrees", name);
  for (const [file, text] of [
    ["gitdir", "/gone/.git\n"],
    ["locked", "initializing"],
    ["commondir", ""],
  ] as const) {
    put(left, file, text);
  }
  return left;
};

test("what a killed git left of another session's worktree stops nobody's, and goes; a person's own is left", async () => {
  const ours = leave("profclaw-dead0000-0000");
  expect(() => git(repository, "worktree", "list")).toThrow(/commondir/);
  const [session] = await run("a.txt=mine\n");
  expect([session?.status, session?.error]).toEqual(["completed", null]);
  expect(existsSync(ours)).toBe(false);
  const theirs = leave("of-a-person");
  const [stopped] = await run("a.txt=mine\n");
  expect(stopped).toMatchObject({ status: "failed", error: { code: "git-failed" } });
  expect(existsSync(theirs)).toBe(true);
});
