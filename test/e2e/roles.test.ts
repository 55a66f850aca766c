import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stage, createStage } from "../support/e2e/stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await createStage({ script: ({ system }) => ({ text: system }) });
  const folder = join(stage.workspace, ".claude", "agents");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "house-style.md"),
    "---\ndescription: Knows the house.\nmodel: opus\n---\nBe tidy.",
  );
  writeFileSync(join(folder, "broken.md"), "---\nname: [\n---\nX");
  writeFileSync(join(stage.workspace, "AGENTS.md"), "Use tabs here.");
});
afterAll(() => stage.close());

test("T10: profclaw roles lists ours and the project's, and says which file is broken and where", async () => {
  const { exitCode, stdout, stderr } = await stage.run(["roles"]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/skeptic +built-in/);
  expect(stdout).toMatch(/house-style +project, not trusted/);
  expect(stderr).toMatch(/warning: .*broken\.md:\d+:\d+: /);
});

test("T10: spawn --role tells the model the stance and the workspace's notes", async () => {
  const spawned = await stage.run(["agent", "spawn", "--role", "house-style", "--task", "tidy up", "--json"]);
  expect(spawned.exitCode, spawned.stderr).toBe(0);
  const { sessions } = JSON.parse(spawned.stdout) as {
    sessions: { id: string; model: string; role: string }[];
  };
  expect(sessions[0]).toMatchObject({ role: "house-style", model: "claude-sonnet-4-6" });
  expect(spawned.stdout).toMatch(/Be tidy\./);
  expect(spawned.stdout).toMatch(/Use tabs here\./);
  expect(spawned.stderr).toMatch(/warning: .*not trusted: its provider, model left out/);
  const shown = await stage.run(["agent", "show", sessions[0]?.id ?? ""]);
  expect(shown.stdout).toMatch(/notes +.*AGENTS\.md/);
});

test("T10: an unknown role is exit 2 with the list and the nearest, and starts nothing", async () => {
  const { exitCode, stderr } = await stage.run(["agent", "spawn", "--role", "critik", "--task", "x"]);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/There is no role "critik".*generator/);
  expect(stderr).toMatch(/Did you mean critic\?/);
});
