import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PolicyCheckView, PolicyView } from "../../src/contract/policy-operations.ts";
import type { ProblemSeen } from "../support/e2e/rest.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import type { ParsedRequest, Reply } from "../support/model-server/reply.ts";

let stage: Stage;

const script = ({ turn, firstUserText, toolResults }: ParsedRequest): Reply =>
  turn > 0
    ? { text: toolResults.map(({ text }) => text).join("\n") }
    : { toolCalls: [{ name: "bash", input: { command: firstUserText } }] };

const rules = (text: string) => writeFileSync(join(stage.state, "config.yaml"), text);

beforeAll(async () => {
  stage = await createStage({ script, env: { PROFCLAW_APPROVAL_TIMEOUT_MS: "300" } });
  await stage.run(["up"]);
  rules('policy:\n  allow: ["Bash(touch made:*)"]\n  deny: ["Bash(ls:*)"]\n  hosts: ["*.example.com"]\n');
});

afterAll(() => stage.close());

const check = (...words: string[]) => stage.run(["policy", "check", ...words]);

test("policy check says allow, deny or ask by its exit code, and which rule decided", async () => {
  const allowed = await check("touch made && cat made");
  expect(allowed.exitCode).toBe(0);
  expect(allowed.stdout).toContain(`the allow rule Bash(touch made:*) (${stage.state}/config.yaml:2:12)`);
  expect(allowed.stdout).toContain("the list of commands that only read");
  const denied = await check("touch made; ls", "--permission-mode", "full");
  expect(denied.exitCode).toBe(6);
  expect(denied.stdout).toContain("the deny rule Bash(ls:*)");
  const asked = await check("npm install");
  expect(asked.exitCode).toBe(8);
  expect(asked.stdout).toContain("the level: bash is list-else-asks");
  expect((await check("--host", "docs.example.com")).exitCode).toBe(0);
  expect((await check("--write", ".git/config")).exitCode).toBe(6);
  expect((await check("--read", "x", "--json")).stdout).toContain('"decision": "allow"');
  expect((await check()).exitCode).toBe(2);
  expect((await check("ls", "--permission-mode", "fulll")).stderr).toContain("Did you mean full");
});

test("REST answers the same, and refuses what is not one question", async () => {
  const body = { command: "npm install", cwd: stage.workspace };
  const answer = await stage.rest("/api/policy/check", { body });
  const [part] = answer.json<PolicyCheckView>().parts;
  expect(part).toMatchObject({ decision: "ask", by: "level", level: { column: "bash" } });
  for (const wrong of [{}, { command: "ls", host: "a.org" }, { command: "ls", cwd: "/nowhere" }]) {
    expect((await stage.rest("/api/policy/check", { body: wrong })).status).toBe(422);
  }
  const shown = await stage.rest(`/api/policy?cwd=${encodeURIComponent(stage.workspace)}`);
  const policy = shown.json<PolicyView>();
  expect(policy.rules).toContainEqual({
    effect: "deny",
    rule: "Bash(ls:*)",
    source: `${stage.state}/config.yaml:3:11`,
    in_force: true,
  });
});

test("a session obeys the rules as they are when it calls, at full too", async () => {
  const mode = ["--permission-mode", "full"];
  const denied = await stage.run(["agent", "spawn", ...mode, "--task", "ls; touch by-full"]);
  expect(denied.stdout).toContain("denied by the rule Bash(ls:*)");
  rules('policy:\n  deny: ["Bash(touch:*)"]\n');
  const later = await stage.run(["agent", "spawn", ...mode, "--task", "sh -c 'touch by-full'"]);
  expect(later.stdout).toContain("denied by the rule Bash(touch:*)");
});

test("an allow rule answers what would be asked; a project's own does not, and is shown so", async () => {
  rules('policy:\n  allow: ["Bash(touch made)"]\n');
  const project = join(stage.root, "project");
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, "profclaw.yaml"), 'policy:\n  allow: ["Bash(touch other)"]\n');
  const both = await stage.run(
    ["agent", "spawn", "--cwd", project, "--task", "touch made", "--task", "touch other"],
    { withinMs: 20_000 },
  );
  expect(both.stdout).toContain("(no output)");
  expect(both.stdout).toContain("Not allowed: Running `touch other`");
  const shown = await stage.run(["policy", "show", "--cwd", project]);
  expect(shown.stdout).toContain("not in force: the folder is not trusted");
});

test("a rule that is not understood starts nothing, and says file, line and column", async () => {
  rules("policy:\n  deny:\n    - Bash(rm\n");
  const refused = await stage.run(["agent", "spawn", "--task", "ls"]);
  expect(refused.exitCode).toBe(3);
  expect(refused.stderr).toContain("config.yaml:3:14: the rule Bash(rm: the parenthesis does not end");
  const answer = await stage.rest("/api/agents/sessions", { body: { sessions: [{ task: "ls" }] } });
  expect(answer.json<ProblemSeen>().code).toBe("config-invalid");
  rules("");
});

test("fetch_url reaches neither loopback nor the clouds' metadata, at full too", async () => {
  stage.model.setScript(({ turn, firstUserText: url, toolResults }) =>
    turn > 0
      ? { text: toolResults.map(({ text }) => text).join("\n") }
      : { toolCalls: [{ name: "fetch_url", input: { url } }] },
  );
  const urls = [`${stage.url()}/healthz`, "http://169.254.169.254/latest/meta-data/", "http://localhost/"];
  const tasks = urls.flatMap((url) => ["--task", url]);
  const { stdout } = await stage.run(["agent", "spawn", "--permission-mode", "full", ...tasks], {
    withinMs: 20_000,
  });
  expect(stdout.match(/not a public address/g)).toHaveLength(3);
});
