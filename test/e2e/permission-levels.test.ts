import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AcceptedBatchView } from "../../src/contract/session-operations.ts";
import type { ProblemSeen } from "../support/e2e/rest.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import type { ParsedRequest, Reply } from "../support/model-server/reply.ts";

let stage: Stage;

/** Tries to read, to write and to run a command; each leaves a mark with the task in its name. */
function tryAll({ turn, firstUserText: mark, toolNames, toolResults }: ParsedRequest): Reply {
  if (turn > 0) return { text: toolResults.map(({ isError }) => (isError ? "no" : "yes")).join() };
  const calls = [
    { name: "read_file", input: { path: "here.txt" } },
    { name: "write_file", input: { path: `${mark}.written`, content: "x" } },
    { name: "bash", input: { command: `touch ${mark}.touched` } },
    { name: "bash", input: { command: "cat here.txt" } },
  ];
  return { toolCalls: calls, text: toolNames.join() };
}

beforeAll(async () => {
  stage = await createStage({ script: tryAll, env: { PROFCLAW_APPROVAL_TIMEOUT_MS: "500" } });
  writeFileSync(join(stage.workspace, "here.txt"), "here\n");
  await stage.run(["up"]);
});

afterAll(() => stage.close());

function askFor(mode: string | undefined, more: { token?: string; dryRun?: boolean } = {}) {
  const session = { task: "anything", ...(mode === undefined ? {} : { permission_mode: mode }) };
  const body = { sessions: [session], dry_run: more.dryRun ?? true };
  const token = more.token === undefined ? {} : { token: more.token };
  return stage.rest("/api/agents/sessions", { body, ...token });
}

test("S7: the default is auto, on every way in", async () => {
  const rest = await askFor(undefined);
  const withToken = await askFor(undefined, { token: stage.token() });
  const cli = await stage.run(["agent", "spawn", "--dry-run", "--json", "--task", "anything"]);
  const answers = [rest.text, withToken.text, cli.stdout].map(
    (text) => JSON.parse(text) as AcceptedBatchView,
  );
  expect(answers.map(({ sessions }) => sessions[0]?.permission_mode)).toEqual(["auto", "auto", "auto"]);
});

test("S7: without a token every level is to be had but full, under either of its names", async () => {
  for (const mode of ["deny", "plan", "allowlist", "dontAsk", "acceptEdits", "ask", "default", "auto"]) {
    expect((await askFor(mode)).status, mode).toBe(202);
  }
  for (const mode of ["full", "bypassPermissions"]) {
    const refused = await askFor(mode);
    expect(refused.status, mode).toBe(403);
    expect(refused.json<ProblemSeen>()).toMatchObject({
      code: "policy-denied",
      pointer: "/sessions/0/permission_mode",
      hint: expect.stringContaining("token"),
    });
    expect((await askFor(mode, { token: stage.token() })).status, mode).toBe(202);
  }
});

test("S7: without a token nobody gets full by naming a parent that has it", async () => {
  stage.model.setScript(() => ({ hang: true }));
  const parent = await stage.run(["agent", "spawn", "-d", "--permission-mode", "full", "--task", "parent"]);
  const parentId = parent.stdout.trim();
  const sessions = [{ task: "child", permission_mode: "full" }, { task: "child" }];
  const answers = await Promise.all(
    sessions.map((session) =>
      stage.rest("/api/agents/sessions", { body: { sessions: [session], parent: parentId, dry_run: true } }),
    ),
  );
  stage.model.setScript(tryAll);
  await stage.run(["agent", "stop", parentId]);
  const given = answers.map((answer) =>
    answer.status === 202 ? answer.json<AcceptedBatchView>().sessions[0]?.permission_mode : answer.status,
  );
  expect(given).not.toContain("full");
});

test("S7: an unknown level is refused with the list", async () => {
  const refused = await askFor("superuser");
  expect(refused.status).toBe(422);
  const problem = refused.json<ProblemSeen>();
  expect(problem).toMatchObject({ code: "invalid-request", pointer: "/sessions/0/permission_mode" });
  expect(problem.hint).toMatch(/deny.*allowlist.*ask.*auto.*full/);
});

/** What each level lets through: read_file, write_file, a command that writes, a command that reads. */
const matrix: [mode: string, text: string, written: boolean, touched: boolean][] = [
  ["deny", "yes,no,no,no", false, false],
  ["allowlist", "yes,no,no,yes", false, false],
  ["acceptEdits", "yes,yes,no,yes", true, false],
  ["ask", "yes,no,no,yes", false, false],
  ["auto", "yes,yes,no,yes", true, false],
  ["full", "yes,yes,yes,yes", true, true],
];

test("S7: what each level says is what happens on the disk", async () => {
  const sessions = matrix.map(([mode]) => ({
    task: mode,
    permission_mode: mode,
    cwd: stage.workspace,
    tools: ["read_file", "write_file", "bash"],
  }));
  const answer = await stage.rest("/api/agents/sessions", { body: { sessions }, token: stage.token() });
  const accepted = answer.json<AcceptedBatchView>();
  const ended = await stage.untilEnded(accepted.sessions.map(({ id }) => id));
  const seen = ended.map(({ task, result }) => [
    task,
    result?.text,
    existsSync(join(stage.workspace, `${task}.written`)),
    existsSync(join(stage.workspace, `${task}.touched`)),
  ]);
  expect(seen).toEqual(matrix);
});
