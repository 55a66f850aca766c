import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createWorktreeTidier } from "../../../src/daemon/tidy-worktrees.ts";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";
import { git, makeRepository, put } from "../../support/git-sandbox.ts";

let daemon: InProcessDaemon;
let repository: string;
let logs: string[];

/** Its task names what is written ("a.txt=new text") or run ("run make"); "hang" never answers. */
beforeEach(async () => {
  daemon = await startInProcessDaemon(({ firstUserText, turn }) => {
    if (firstUserText === "hang") return { hang: true };
    const [, command] = /^run (.*)$/.exec(firstUserText) ?? [];
    if (command !== undefined && turn === 0) return { toolCalls: [{ name: "bash", input: { command } }] };
    const [path = "", content = ""] = firstUserText.split("=");
    if (turn > 0 || content === "") return { text: "done" };
    return { toolCalls: [{ name: "write_file", input: { path, content } }] };
  });
  repository = daemon.workspace;
  logs = [];
  makeRepository(repository, { "a.txt": "one\n" });
});

afterEach(() => daemon.close());

const hourMs = 3_600_000;

async function run(...tasks: string[]) {
  const sessions = await daemon.untilEnded(
    await daemon.spawn(tasks.map((task) => ({ task, worktree: true }))),
  );
  return sessions.map(({ id, worktree }) => ({ id, folder: worktree?.folder ?? "" }));
}

/** A round of the upkeep, so much later. */
function round(laterMs: number): Promise<void> {
  const clock = { now: () => Date.now() + laterMs };
  const tidy = createWorktreeTidier(daemon.parts.engineParts, {
    clock,
    log: (text) => void logs.push(text),
  });
  return tidy(() => false);
}

const areThere = (...sessions: ({ folder: string } | undefined)[]): boolean[] =>
  sessions.map((session) => existsSync(session?.folder ?? ""));

test("the upkeep takes idle and merged worktrees away an hour after their end, never a dirty or an unmerged one", async () => {
  const [idle, merged, open, dirty] = await run("nothing", "c.txt=c\n", "d.txt=d\n", "e.txt=e\n");
  for (const session of [merged, dirty]) await daemon.handlers.applySession({ id: session?.id ?? "" }, admin);
  git(repository, "add", "--all");
  git(repository, "commit", "--quiet", "--message=merged");
  put(dirty?.folder ?? "", "later.txt", "not committed anywhere\n");
  await round(hourMs - 60_000);
  expect(areThere(idle, merged, open, dirty)).toEqual([true, true, true, true]);
  await round(hourMs);
  expect(areThere(idle, merged, open, dirty)).toEqual([false, false, true, true]);
  expect(git(repository, "branch", "--list", "worktree-*").split("\n")).toHaveLength(2);
  expect(logs).toEqual(["took 2 worktrees away: nothing was in them that is nowhere else"]);
  await round(2 * hourMs);
  expect(logs).toHaveLength(1);
});

test("a worktree in which another session works stays until that one has ended", async () => {
  const [first] = await run("nothing");
  const [inside = ""] = await daemon.spawn([{ task: "hang", cwd: first?.folder ?? "" }]);
  await daemon.until(inside, ({ status }) => status === "running");
  await round(hourMs);
  expect(areThere(first)).toEqual([true]);
  await daemon.handlers.cancelSession({ id: inside }, admin);
  await daemon.untilEnded([inside]);
  await round(hourMs);
  expect(areThere(first)).toEqual([false]);
});

test("a worktree stays while a child's changes are still to be applied to it", async () => {
  const [id = ""] = await daemon.spawn([{ task: "hang", worktree: true }]);
  const { worktree } = await daemon.until(id, ({ status }) => status === "running");
  const { folder = "", branch = "" } = worktree ?? {};
  await expect.poll(() => existsSync(join(folder, "a.txt"))).toBe(true);
  const child = { task: "c.txt=c\n", provider: "anthropic", worktree: true, cwd: folder };
  const view = await daemon.handlers.createSessions({ parent: id, sessions: [child] }, admin);
  const childId = view.sessions[0]?.id ?? "";
  await daemon.untilEnded([childId]);
  await daemon.handlers.cancelSession({ id }, admin);
  await daemon.untilEnded([id]);
  await round(hourMs);
  expect(existsSync(folder)).toBe(true);
  await daemon.handlers.applySession({ id: childId }, admin);
  git(folder, "add", "--all");
  git(folder, "commit", "--quiet", "--message=from a child");
  git(repository, "merge", "--quiet", branch);
  await round(hourMs);
  expect(existsSync(folder)).toBe(false);
});

test("what is answered with always in a worktree holds in its repository and in the next worktree", async () => {
  const command = "touch made.txt";
  const asks = (worktree: boolean) => daemon.spawn([{ task: `run ${command}`, worktree }]);
  const [first = ""] = await asks(true);
  const { approvals, cwd } = await daemon.until(first, (view) => view.approvals.length > 0);
  expect(cwd).not.toBe(repository);
  await daemon.handlers.answerApproval(
    { id: first, n: String(approvals[0]?.number), verdict: "allow", always: true },
    admin,
  );
  await daemon.untilEnded([first]);
  const { rules } = await daemon.handlers.listApprovalRules({ limit: 10 }, admin);
  expect(rules).toMatchObject([{ workspace: repository, rule: `bash: exactly ${command}` }]);
  const later = [...(await asks(true)), ...(await asks(false))];
  const ended = await daemon.untilEnded(later);
  expect(ended.map((view) => existsSync(join(view.cwd, "made.txt")))).toEqual([true, true]);
});

test("a yes for good to writing a file of a worktree is for that file of the repository, and for no other", async () => {
  const writes = (path: string) =>
    daemon.spawn([{ task: `${path}=x`, worktree: true, permission_mode: "ask" }]);
  const [first = ""] = await writes("c.txt");
  await daemon.until(first, (view) => view.approvals.length > 0);
  await daemon.handlers.answerApproval({ id: first, n: "1", verdict: "allow", always: true }, admin);
  await daemon.untilEnded([first]);
  const { rules } = await daemon.handlers.listApprovalRules({ limit: 10 }, admin);
  expect(rules).toMatchObject([{ workspace: repository, rule: `write_file: ${join(repository, "c.txt")}` }]);
  const [same] = await daemon.untilEnded(await writes("c.txt"));
  expect(existsSync(join(same?.cwd ?? "", "c.txt"))).toBe(true);
  const [other = ""] = await writes("d.txt");
  await daemon.until(other, (view) => view.approvals.length > 0);
});

test.each([["with blanks 'and' \"quotes\" $(x)"], ["with a\nline end"], ["-dash ünï 日本"]])(
  "in a repository whose path is %j all of it works: made, compared, applied, taken away",
  async (name) => {
    const odd = join(repository, "..", name);
    mkdirSync(odd);
    makeRepository(odd, { "a.txt": "one\n", "sub dir/b.txt": "b\n" });
    const cwd = join(odd, "sub dir");
    const task = { task: "c d.txt=new\n", worktree: true, cwd };
    const [session] = await daemon.untilEnded(await daemon.spawn([task]));
    expect(session).toMatchObject({ status: "completed", error: null });
    const id = session?.id ?? "";
    const { files } = await daemon.handlers.getSessionDiff({ id }, admin);
    expect(files.map(({ path }) => path)).toEqual(["sub dir/c d.txt"]);
    await daemon.handlers.applySession({ id }, admin);
    expect(readFileSync(join(cwd, "c d.txt"), "utf8")).toBe("new\n");
    git(odd, "add", "--all");
    git(odd, "commit", "--quiet", "--message=applied");
    await round(hourMs);
    expect(existsSync(session?.worktree?.folder ?? "")).toBe(false);
    expect(git(odd, "branch", "--list", "worktree-*")).toBe("");
    expect(git(odd, "status", "--porcelain")).toBe("");
  },
);

test("a worktree that was turned into a repository of its own runs none of its programs, and stays", async () => {
  const [session] = await run("c.txt=c\n");
  const { id = "", folder = "" } = session ?? {};
  const proof = join(repository, "..", "proof");
  const other = join(repository, "..", "other");
  mkdirSync(other);
  makeRepository(other, { "a.txt": "one\n" });
  rmSync(join(folder, ".git"));
  cpSync(join(other, ".git"), join(folder, ".git"), { recursive: true });
  put(folder, ".gitattributes", "* filter=evil\n");
  for (const end of ["clean", "smudge"])
    git(folder, "config", `filter.evil.${end}`, `sh -c 'echo ran >> ${proof}; cat'`);
  put(folder, "a.txt", "changed\n");
  rmSync(proof, { force: true });
  await daemon.handlers.getSessionDiff({ id }, admin).catch(() => undefined);
  await daemon.handlers.applySession({ id }, admin).catch(() => undefined);
  await round(hourMs);
  expect(existsSync(proof)).toBe(false);
  expect(readFileSync(join(folder, "a.txt"), "utf8")).toBe("changed\n");
});
