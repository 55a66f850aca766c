import { appendFileSync, cpSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { demoTasks, toReadOnlyTasks, type DemoTask } from "../../../src/cli/demo/demo-tasks.ts";
import { startSimulatedModel, type SimulatedModel } from "../../../src/cli/demo/simulated-model.ts";
import { runByHand } from "./hand-run-session.ts";

const sample = join(import.meta.dirname, "../../../examples/sample-project");
const atOnce = { thinkMs: 0, chunkMs: 0, chunkLength: 40 };

let folder: string;
let model: SimulatedModel;

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "profclaw-sample-")));
  cpSync(sample, folder, { recursive: true });
  model = await startSimulatedModel(demoTasks, atOnce);
});

afterEach(async () => {
  await model[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function toTask(start: string): DemoTask {
  const task = demoTasks.find((one) => one.task.startsWith(start));
  if (task === undefined) throw new Error(start);
  return task;
}

describe("the security review", () => {
  test("reports what the files say, line by line", async () => {
    const { report, calls } = await runByHand(model, toTask("Review"), folder);
    expect(report).toContain("3 files, 6 findings, 4 of them high");
    expect(report).toContain("src/auth/passwords.js:4 has a fast, broken hash");
    expect(report).toContain("src/auth/tokens.js:12 has a secret compared");
    expect(calls.every(({ isError }) => !isError)).toBe(true);
  });

  test("finds one less once a weakness is mended, and one more once one is added", async () => {
    writeFileSync(join(folder, "src/auth/passwords.js"), "export const nothing = 1;\n");
    appendFileSync(join(folder, "src/auth/sessions.js"), "export const nonce = () => Math.random();\n");
    const { report } = await runByHand(model, toTask("Review"), folder);
    expect(report).toContain("3 files, 5 findings, 4 of them high");
    expect(report).not.toContain("passwords.js");
    expect(report).toContain("src/auth/sessions.js:17 has a predictable random value");
  });

  test("says so where there is no such module", async () => {
    rmSync(join(folder, "src"), { recursive: true });
    const { report } = await runByHand(model, toTask("Review"), folder);
    expect(report).toContain("There is no authentication module here");
  });
});

describe("the check of the routes' tests", () => {
  test("names the routes that no test calls, and runs the tests", async () => {
    const { report, calls } = await runByHand(model, toTask("Check"), folder);
    expect(report).toContain("5 of 7 API routes are called by a test (3 test files)");
    expect(report).toMatch(/DELETE +\/orders\/:id +NOT TESTED \(declared at src\/routes\/orders.js:13\)/);
    expect(report).toContain("The tests ran: 4 passed, 0 failed.");
    expect(calls.filter(({ tool }) => tool === "test_run")).toHaveLength(1);
  });

  test("counts a test that was added, and one that fails", async () => {
    const added = [
      `import { test } from "node:test";`,
      `test("a user is found", () => { throw new Error(router.handle("GET", "/users/ada@example.com", {})); });`,
    ];
    writeFileSync(join(folder, "test/more.test.js"), added.join("\n"));
    const { report } = await runByHand(model, toTask("Check"), folder);
    expect(report).toContain("6 of 7 API routes are called by a test (4 test files)");
    expect(report).toContain("The tests ran: 4 passed, 1 failed.");
  });

  test("does not claim to have run tests that it may not run", async () => {
    const [, readOnly] = toReadOnlyTasks(demoTasks);
    if (readOnly === undefined) throw new Error("three tasks");
    const { report, calls } = await runByHand(model, readOnly, folder);
    expect(report).toContain("The tests were not run.");
    expect(calls.map(({ tool }) => tool)).not.toContain("test_run");
  });
});

describe("the audit of the environment", () => {
  test("tells what is undocumented, unused or secret and public", async () => {
    const { report } = await runByHand(model, toTask("Audit"), folder);
    expect(report).toContain("6 environment variables in 3 files: 4 findings.");
    expect(report).toMatch(/JWT_SECRET +src\/auth\/tokens.js:3 +NOT DOCUMENTED/);
    expect(report).toContain(
      "src/config.js:4: the secret SESSION_SECRET has a default that everyone can read.",
    );
  });

  test("follows the files: two variables more are documented, and one that nobody reads", async () => {
    appendFileSync(join(folder, ".env.example"), "JWT_SECRET=\nDEBUG_AUTH=\nOLD_SETTING=1\n");
    const { report } = await runByHand(model, toTask("Audit"), folder);
    expect(report).toContain("6 environment variables in 3 files: 3 findings.");
    expect(report).toContain("OLD_SETTING is documented and never read.");
    expect(report).not.toMatch(/JWT_SECRET.*NOT DOCUMENTED/);
  });
});

describe("the wire", () => {
  test("usage adds up to what the model gave out, and every call is on record", async () => {
    const { usage, turns } = await runByHand(model, toTask("Audit"), folder);
    await expect
      .poll(() => model.calls.map(({ state }) => state))
      .toEqual(Array.from({ length: turns }, () => "completed"));
    expect(model.calls.map(({ turn }) => turn)).toEqual([1, 2, 3, 4]);
    const total = (of: "inputTokens" | "outputTokens") =>
      model.calls.reduce((sum, call) => sum + call[of], 0);
    expect(usage).toEqual({ inputTokens: total("inputTokens"), outputTokens: total("outputTokens") });
  });

  test("an answer whose asker goes away is cut, not completed", async () => {
    await using slow = await startSimulatedModel(demoTasks, { thinkMs: 0, chunkMs: 30, chunkLength: 1 });
    const leave = new AbortController();
    slow.onPiece = () => leave.abort();
    const asked = fetch(`${slow.url}/v1/messages`, {
      method: "POST",
      signal: leave.signal,
      body: toRequest(),
    });
    await expect(asked.then((response) => response.text())).rejects.toThrow();
    await expect.poll(() => slow.calls.map(({ state }) => state)).toEqual(["cut"]);
  });

  test("what is not the Messages API, or no sense, is refused", async () => {
    const lost = await fetch(`${model.url}/v1/models`);
    const wrong = await fetch(`${model.url}/v1/messages`, { method: "POST", body: "{" });
    expect([lost.status, wrong.status]).toEqual([404, 400]);
    expect(model.calls).toEqual([]);
  });

  test("a task that it does not know gets told so", async () => {
    const unknown = { task: "Write a poem", tools: ["glob"], plan: toTask("Audit").plan };
    const { report } = await runByHand(model, unknown, folder);
    expect(report).toContain("I am a simulated model and know only these tasks");
  });
});

function toRequest(): string {
  const messages = [{ role: "user", content: demoTasks[0]?.task }];
  return JSON.stringify({ model: "claude-sonnet-4-6", stream: true, messages, tools: [{ name: "glob" }] });
}
