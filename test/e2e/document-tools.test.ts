import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import type { JsonRecord, ToolResultSeen } from "../support/model-server/reply.ts";

let stage: Stage;
let project: string;
const samplePath = fileURLToPath(new URL("../../examples/sample-project", import.meta.url));

beforeAll(async () => {
  // What asks for leave gets no answer here.
  stage = await createStage({ env: { PROFCLAW_APPROVAL_TIMEOUT_MS: "500" } });
  project = join(stage.workspace, "project");
  cpSync(samplePath, project, { recursive: true });
  mkdirSync(join(project, "node_modules/ignored"), { recursive: true });
  writeFileSync(join(project, "node_modules/ignored/index.js"), "export const token = 1;\n");
  writeFileSync(join(project, ".gitignore"), "node_modules\n");
  await stage.run(["up"]);
});

afterAll(() => stage.close());

type Call = { name: string; input: JsonRecord };

/** The results that a model sees that makes these calls in one turn. */
async function callTools(
  calls: Call[],
  tools = ["read_file", "grep", "glob", "test_run"],
): Promise<ToolResultSeen[]> {
  let results: ToolResultSeen[] = [];
  stage.model.setScript(({ turn, toolResults }) => {
    if (turn === 0) return { toolCalls: calls };
    results = toolResults;
    return { text: "seen" };
  });
  const { sessions } = await stage.spawn({ sessions: [{ task: "look", tools, cwd: project }] });
  const [ended] = await stage.untilEnded(sessions.map(({ id }) => id));
  expect(ended).toMatchObject({ status: "completed", tools });
  expect(stage.model.violations).toEqual([]);
  return results;
}

test("S13: read_file, grep and glob work on a real tree, side by side in one turn", async () => {
  const [file, part, found, code, missing] = await callTools([
    { name: "read_file", input: { path: "src/auth/passwords.js" } },
    { name: "read_file", input: { path: "src/router.js", offset: 2, limit: 1 } },
    { name: "glob", input: { pattern: "**/*.js" } },
    { name: "grep", input: { pattern: "export (async )?function \\w+" } },
    { name: "read_file", input: { path: "src/none.js" } },
  ]);
  expect(file?.text).toMatch(/^ +1\t/);
  expect(part?.text).toMatch(/^ +2\t/);
  expect(found?.text.split("\n")).toEqual(expect.arrayContaining(["src/server.js", "test/users.test.js"]));
  expect(found?.text).not.toContain("node_modules");
  expect(code?.text).toMatch(/src\/auth\/\w+\.js/);
  expect(code?.text).not.toContain("node_modules");
  expect(missing).toMatchObject({ isError: true });
});

test("S13: test_run runs an npm project's tests and answers with counts and failing names", async () => {
  const [passed] = await callTools([{ name: "test_run", input: {} }]);
  expect(passed?.text).toMatch(/^npm: npm /);
  expect(passed?.text).toMatch(/passed \(node[^)]*exit code 0\): \d+ passed, 0 failed, 0 skipped/);
  const failing = `import { test } from "node:test";\ntest("two is three", () => { if (2 !== 3) throw new Error("it is not"); });\n`;
  writeFileSync(join(project, "test/broken.test.js"), failing);
  const [failed] = await callTools([{ name: "test_run", input: { path: "test/broken.test.js" } }]);
  expect(failed?.text).toMatch(/failed \(node[^)]*exit code 1\): \d+ passed, 1 failed/);
  expect(failed?.text).toMatch(/Failing:\n- .*two is three/);
  expect(failed?.text).toContain("it is not");
});

test("S13: paths outside the workspace are refused where nobody says yes, and the model is told why", async () => {
  const [above, token, link] = await callTools([
    { name: "read_file", input: { path: "../../../etc/passwd" } },
    { name: "read_file", input: { path: join(stage.state, "token") } },
    { name: "grep", input: { pattern: "x", path: "/etc" } },
  ]);
  for (const result of [above, token, link]) expect(result).toMatchObject({ isError: true });
  expect(above?.text).toContain("nobody answered within 500ms");
  expect(JSON.stringify([above, token, link])).not.toContain(stage.token());
});

test("--extra-allowed-tools come on top: of a list, of what the level gives, and never beyond the parent", async () => {
  const plan = async (...flags: string[]): Promise<string[]> => {
    const { stdout } = await stage.run(["agent", "spawn", "--task", "look", "--dry-run", "--json", ...flags]);
    return (JSON.parse(stdout) as { sessions: { tools: string[] }[] }).sessions[0]?.tools ?? [];
  };
  const extra = ["--extra-allowed-tools", "bash,grep"];
  expect(await plan("--tools", "read_file,grep", ...extra)).toEqual(["read_file", "grep", "bash"]);
  const usual = await plan("--permission-mode", "plan");
  expect(usual).not.toContain("test_run");
  const widened = await plan("--permission-mode", "plan", "--extra-allowed-tools", "test_run");
  expect(widened).toEqual([...usual, "test_run"]);

  const { sessions } = await stage.spawn({
    sessions: [{ task: "look", tools: ["read_file", "sessions_spawn"] }],
  });
  const beyond = await stage.rest("/api/agents/sessions", {
    body: {
      parent: sessions[0]?.id,
      sessions: [{ task: "x", tools: ["read_file"], extra_allowed_tools: ["bash"] }],
    },
  });
  expect(beyond.status).toBe(403);
  expect(beyond.json()).toMatchObject({
    code: "policy-denied",
    pointer: "/sessions/0/extra_allowed_tools",
    detail: expect.stringContaining("bash"),
  });
});
