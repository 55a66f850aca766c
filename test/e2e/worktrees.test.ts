import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { git, makeRepository } from "../support/git-sandbox.ts";
import { killHard } from "../support/e2e/processes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";

let stage: Stage;

afterEach(() => stage.close());

/** Its task is what it writes to own.txt. */
async function start(): Promise<void> {
  stage = await createStage({
    script: ({ firstUserText, turn }) =>
      turn === 0
        ? { toolCalls: [{ name: "write_file", input: { path: "own.txt", content: firstUserText } }] }
        : { text: "done" },
  });
  const files = Array.from({ length: 200 }, (_, at) => [`f/${at}.txt`, `${at}\n`.repeat(50)] as const);
  makeRepository(stage.workspace, { ...Object.fromEntries(files), "a.txt": "a\n" });
  await stage.run(["up"]);
}

test("a daemon that is killed while worktrees are made loses none, doubles none and leaves none half made", async () => {
  await start();
  const ids: string[] = [];
  for (const afterMs of [0, 60, 200]) {
    const { pid } = stage.discovery();
    const tasks = [1, 2, 3].map((number) => ({ task: `${afterMs}-${number}`, worktree: true }));
    const { sessions } = await stage.spawn({ sessions: tasks });
    ids.push(...sessions.map(({ id }) => id));
    await sleep(afterMs);
    killHard(pid);
    await stage.untilReplaced(pid);
  }
  const sessions = await stage.untilEnded(ids, 30_000);
  expect(sessions.map(({ status }) => status)).toEqual(ids.map(() => "completed"));
  for (const { worktree, task } of sessions) {
    const folder = worktree?.folder ?? "";
    expect(readFileSync(join(folder, "own.txt"), "utf8")).toBe(task);
    expect(git(folder, "status", "--porcelain")).toBe("?? own.txt");
  }
  expect(git(stage.workspace, "worktree", "list").split("\n")).toHaveLength(ids.length + 1);
  expect(git(stage.workspace, "branch", "--list", "worktree-*").split("\n")).toHaveLength(ids.length);
  expect(git(stage.workspace, "status", "--porcelain")).toBe("");
}, 90_000);

test("spawn says where the changes are; diff prints a patch that git takes, apply brings it over", async () => {
  await start();
  const spawned = await stage.run(["agent", "spawn", "--worktree", "--task", "text\n"]);
  expect(spawned.exitCode).toBe(0);
  const [, id = ""] = /profclaw agent diff ([0-9a-f]{8})/.exec(spawned.stderr) ?? [];
  const diff = await stage.run(["agent", "diff", id]);
  expect(diff.stdout).toContain("+text");
  expect((await stage.run(["agent", "diff", id, "--stat"])).stdout).toBe("added    own.txt  +1 -0\n");
  expect(existsSync(join(stage.workspace, "own.txt"))).toBe(false);
  const applied = await stage.run(["agent", "apply", id]);
  expect([applied.exitCode, applied.stdout]).toEqual([0, "added    own.txt  +1 -0\n"]);
  expect(readFileSync(join(stage.workspace, "own.txt"), "utf8")).toBe("text\n");
  const none = await stage.run(["agent", "spawn", "--worktree", "--task", "x"], { cwd: stage.root });
  expect([none.exitCode, none.stderr]).toEqual([2, expect.stringContaining("git init")]);
});
