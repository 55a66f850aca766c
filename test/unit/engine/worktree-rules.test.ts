import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";
import { makeRepository } from "../../support/git-sandbox.ts";

let daemon: InProcessDaemon;
let repository: string;

/** Its task is a command, or what is written: "a.txt=new text". */
beforeEach(async () => {
  daemon = await startInProcessDaemon(({ firstUserText, turn }) => {
    if (turn > 0) return { text: "done" };
    const [path = "", content] = firstUserText.split("=");
    return content === undefined
      ? { toolCalls: [{ name: "bash", input: { command: firstUserText } }] }
      : { toolCalls: [{ name: "write_file", input: { path, content } }] };
  });
  repository = daemon.workspace;
  makeRepository(repository, { "a.txt": "one\n", "src/b.txt": "b\n" });
});

afterEach(() => daemon.close());

/** A session in a worktree whose task was allowed with "always"; answers its folder. */
async function allowForGood(session: { task: string; permission_mode?: string; cwd?: string }) {
  const [id = ""] = await daemon.spawn([{ worktree: true, ...session }]);
  await daemon.until(id, (view) => view.approvals.length > 0);
  await daemon.handlers.answerApproval({ id, n: "1", verdict: "allow", always: true }, admin);
  const [view] = await daemon.untilEnded([id]);
  return { id, cwd: view?.cwd ?? "" };
}

const check = (input: { cwd: string; command?: string; write?: string; permission_mode?: string }) =>
  daemon.handlers.checkPolicy(input, admin);
const standingIn = async (cwd: string) => (await daemon.handlers.showPolicy({ cwd }, admin)).standing;

test("what was answered for good in a repository is shown, and counts, in a session's worktree", async () => {
  const command = "touch made.txt";
  const { cwd } = await allowForGood({ task: command });
  expect(cwd).not.toBe(repository);
  for (const folder of [repository, cwd]) {
    expect(await standingIn(folder)).toEqual([`bash: exactly ${command}`]);
    expect(await check({ cwd: folder, command })).toMatchObject({
      decision: "allow",
      parts: [{ by: "standing" }],
    });
    expect(await check({ cwd: folder, command: "touch other" })).toMatchObject({ decision: "ask" });
  }
  expect(await standingIn(join(cwd, "src"))).toEqual([]);
});

test("a yes for good to writing a file is shown for that file of the worktree, and for no other", async () => {
  const { cwd } = await allowForGood({ task: "c.txt=x", permission_mode: "ask" });
  const write = (name: string) => check({ cwd, write: join(cwd, name), permission_mode: "ask" });
  expect(await write("c.txt")).toMatchObject({ decision: "allow" });
  expect(await write("d.txt")).toMatchObject({ decision: "ask" });
});

test("who works in a worktree that was made for another has its repository's answers, and gives such", async () => {
  const { cwd } = await allowForGood({ task: "touch made.txt" });
  const [guest = ""] = await daemon.spawn([{ task: "touch made.txt", cwd, worktree: false }]);
  const [ended] = await daemon.untilEnded([guest]);
  expect(ended).toMatchObject({ cwd, worktree: null, status: "completed" });

  const below = await allowForGood({ task: "touch deep.txt", cwd });
  expect(existsSync(join(below.cwd, "deep.txt"))).toBe(true);
  expect(below.cwd).not.toBe(cwd);
  const { rules } = await daemon.handlers.listApprovalRules({ limit: 10 }, admin);
  expect(new Set(rules.map(({ workspace }) => workspace))).toEqual(new Set([repository]));
});

test("a folder that only looks like a worktree has no answers of any repository", async () => {
  const { id } = await allowForGood({ task: "touch made.txt" });
  const name = `profclaw-${id.slice(0, 13)}`;
  const fake = join(repository, "src/.claude/worktrees", name);
  mkdirSync(fake, { recursive: true });
  expect(await standingIn(fake)).toEqual([]);
});
