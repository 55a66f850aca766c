import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { git, makeRepository, put } from "../support/git-sandbox.ts";
import { createStage } from "../support/e2e/stage.ts";

const script = `worktree:
  setup: |
    echo ran >> "$PROFCLAW_ORIGIN/../marks"
    echo "installing things"
    echo made > made.txt
`;

/** A trusted repository whose worktrees are set up. */
async function openStage() {
  const stage = await createStage({ script: () => ({ text: "done" }) });
  makeRepository(stage.workspace, { "a.txt": "a\n" });
  put(stage.workspace, "profclaw.yaml", script);
  await stage.run(["trust", ".", "--yes"]);
  return stage;
}

const marksOf = (workspace: string): string[] =>
  readFileSync(join(workspace, "../marks"), "utf8").trimEnd().split("\n");

test.each([
  ["before", 1, 1],
  ["after", 1, 1],
  ["before", 2, 2],
  ["after", 2, 2],
])(
  "a daemon that is killed %s a setup's entry %i has it made anew, and the model is paid once",
  async (moment, hit, most) => {
    await using stage = await openStage();
    await stage.run(["down"]);
    const armed = { PROFCLAW_FAILPOINTS: `${moment}:folder-setup=kill@${hit}` };
    const serving = stage.start(["serve", "--port", "0"], { env: armed });
    await serving.says(/serves http/, "stderr");
    await stage.spawn({ sessions: [{ task: "t", worktree: true }] });
    await serving.ended;
    await stage.run(["up"]);
    const [session] = await stage.sessions();
    const [ended] = await stage.untilEnded([session?.id ?? ""]);
    expect(ended).toMatchObject({ status: "completed", result: { text: "done" } });
    const folder = ended?.worktree?.folder ?? "";
    expect(git(folder, "status", "--porcelain")).toBe("?? made.txt");
    expect(marksOf(stage.workspace).length).toBeLessThanOrEqual(most);
    expect(stage.model.requests).toHaveLength(1);
  },
  30_000,
);

test("what the script prints is in the session's log; one that fails is told where the session is waited for", async () => {
  await using stage = await openStage();
  const fine = await stage.run(["agent", "spawn", "--worktree", "--task", "t"]);
  expect(fine.exitCode).toBe(0);
  const [session] = await stage.sessions();
  const log = await stage.run(["agent", "logs", session?.id ?? ""]);
  expect(log.stdout).toMatch(/setup of .*profclaw\.yaml begins/);
  expect(log.stdout).toContain("installing things");
  put(stage.workspace, "profclaw.yaml", "worktree:\n  setup: no-such-program\n");
  const barred = await stage.run(["agent", "spawn", "--worktree", "--task", "t"]);
  expect(barred.stderr).toContain(`profclaw trust ${stage.workspace}`);
  await stage.run(["trust", ".", "--yes"]);
  const failed = await stage.run(["agent", "spawn", "--worktree", "--task", "t"]);
  expect(failed.exitCode).toBe(1);
  expect(failed.stdout + failed.stderr).toMatch(/worktree-setup-failed.*exit code 127.*no-such-program/);
});
