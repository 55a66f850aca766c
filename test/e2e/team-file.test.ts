import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { teamYaml } from "../support/e2e/document-commands.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";

const team = [
  { task: "Find all API endpoints", provider: "groq", model: "llama-3.3-70b-versatile" },
  { task: "Analyze the codebase architecture", provider: "anthropic", model: "claude-sonnet-4-6" },
];

async function seen(stage: Stage): Promise<typeof team> {
  const sessions = await stage.sessions();
  expect(new Set(sessions.map(({ batch_id }) => batch_id)).size).toBe(1);
  return sessions.map(({ task, provider, model }) => ({ task, provider, model }));
}

test.concurrent("S18: the document's team, verbatim, by agent spawn -f: groq and anthropic in one batch", async () => {
  await using stage = await createStage();
  writeFileSync(join(stage.workspace, "team.yaml"), teamYaml);
  const end = await stage.run(["agent", "spawn", "-f", "team.yaml"]);
  expect(end.exitCode, end.stderr).toBe(0);
  for (const { task } of team) expect(end.stdout).toContain(`done: ${task}`);
  expect(await seen(stage)).toEqual(team);
  expect(stage.model.violations).toEqual([]);
});

test.concurrent("S18: the same by run, and from a pipe; a flag stands for what a session does not say", async () => {
  await using stage = await createStage();
  writeFileSync(join(stage.workspace, "team.yaml"), teamYaml);
  const ran = await stage.run(["run", "team.yaml", "--json"]);
  expect(ran.exitCode, ran.stderr).toBe(0);
  expect(JSON.parse(ran.stdout)).toMatchObject({ status: "completed", counts: { completed: 2 } });
  expect(await seen(stage)).toEqual(team);
  const piped = await stage.run(["agent", "spawn", "-f", "-", "--model", "gpt-5-mini", "--tools", "grep"], {
    input: '[{ "task": "a", "provider": "openai" }, { "task": "b", "model": "claude-sonnet-4-6" }]',
  });
  expect(piped.exitCode, piped.stderr).toBe(0);
  const sessions = (await stage.sessions()).slice(2);
  expect(sessions.map(({ model, tools }) => ({ model, tools }))).toEqual([
    { model: "gpt-5-mini", tools: ["grep"] },
    { model: "claude-sonnet-4-6", tools: ["grep"] },
  ]);
});

/** What is wrong in a file, and what is said of it. */
const wrong: [string, RegExp][] = [
  ["- provider: groq\n  taks: x\n", /team\.yaml:2:3: there is no key "taks" in 0\. Did you mean task\?/],
  ["- provider: groq\n", /team\.yaml:1:\d: .*task/],
  ["- task: a\n- task: ''\n", /team\.yaml:2:\d+: 1\.task is ""; it must not be empty/],
  ["- task: a\n  max_turns: many\n", /team\.yaml:2:14: 0\.max_turns is "many"/],
  ["sessions: []\n", /team\.yaml:1:\d+: sessions/],
  ["[]\n", /team\.yaml:1:1: the file has no session/],
  ["hello\n", /team\.yaml:1:1: the file/],
  ["", /team\.yaml:1:1/],
  ["- task: a\n   b: c\n", /team\.yaml:\d:\d+: this is not YAML/],
];

test.concurrent("a file that is wrong is exit 2 with line and column, and starts nothing", async () => {
  await using stage = await createStage();
  const path = join(stage.workspace, "team.yaml");
  for (const [text, says] of wrong) {
    writeFileSync(path, text);
    const end = await stage.run(["run", "team.yaml"]);
    expect(end.stderr, text).toMatch(says);
    expect(end.exitCode, text).toBe(2);
  }
  const missing = await stage.run(["agent", "spawn", "-f", "none.yaml"]);
  expect(missing.exitCode).toBe(2);
  expect(missing.stderr).toContain("none.yaml");
  writeFileSync(path, teamYaml);
  const both = await stage.run(["agent", "spawn", "-f", "team.yaml", "--task", "more"]);
  expect(both.exitCode).toBe(2);
  expect(both.stderr).toContain("Leave --task and --count out");
  expect(existsSync(stage.state)).toBe(false);
});

test.concurrent("an unknown provider in the second session of a team refuses all of it, and names the session", async () => {
  await using stage = await createStage();
  writeFileSync(join(stage.workspace, "team.yaml"), `${teamYaml}- provider: grok\n  task: x\n`);
  const end = await stage.run(["run", "team.yaml"]);
  expect(end.exitCode, end.stderr).toBe(3);
  expect(end.stderr).toContain("grok");
  expect(await stage.sessions()).toEqual([]);
});
