import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { applyCount } from "../../../src/cli/spawn/count-rule.ts";
import { toBatchBody } from "../../../src/cli/spawn/to-batch-body.ts";
import { newBatchShape } from "../../../src/contract/session-operations.ts";

test.each([
  { tasks: ["a"], count: undefined, sessions: ["a"] },
  { tasks: ["a", "b"], count: undefined, sessions: ["a", "b"] },
  { tasks: ["a"], count: "1", sessions: ["a"] },
  { tasks: ["a"], count: "3", sessions: ["a", "a", "a"] },
  { tasks: ["a", "b", "c"], count: "3", sessions: ["a", "b", "c"] },
])("$tasks with --count $count are the sessions $sessions", ({ tasks, count, sessions }) => {
  expect(applyCount(tasks, count)).toEqual(sessions);
});

test.each([
  { tasks: [], count: undefined, says: /no task/ },
  { tasks: [], count: "3", says: /no task/ },
  { tasks: ["a", "b"], count: "3", says: /--count is 3, but there are 2 tasks/ },
  { tasks: ["a", "b", "c"], count: "2", says: /--count is 2, but there are 3 tasks/ },
  { tasks: ["a", "b"], count: "1", says: /--count is 1/ },
  { tasks: ["a"], count: "0", says: /"0"/ },
  { tasks: ["a"], count: "-1", says: /"-1"/ },
  { tasks: ["a"], count: "abc", says: /"abc"/ },
  { tasks: ["a"], count: "1.5", says: /"1.5"/ },
  { tasks: ["a"], count: "1001", says: /1001 sessions/ },
])("$tasks with --count $count start nothing and say the fix", ({ tasks, count, says }) => {
  expect(() => applyCount(tasks, count)).toThrow(says);
  expect(() => applyCount(tasks, count)).toThrow(expect.objectContaining({ code: "invalid-request" }));
});

test("the document's command becomes three sessions in the caller's folder", () => {
  const task = ["Review the authentication module", "Check test coverage", "Audit environment variables"];
  expect(toBatchBody({ count: "3", task }, "/tmp")).toEqual({
    sessions: task.map((one) => ({ task: one })),
    cwd: "/tmp",
  });
});

test("every flag reaches the body in the shape that the contract takes", () => {
  const body = toBatchBody(
    {
      task: ["x"],
      provider: "groq",
      model: "llama-3.3-70b",
      tools: "read_file, grep",
      agent: "builtin",
      role: "skeptic",
      effort: "high",
      permissionMode: "plan",
      cwd: "sub",
      appendSystem: "Be short.",
      timeout: "5m",
      maxTurns: "7",
      schema: '{"type":"object"}',
      parent: "1a2b",
      label: ["team=payments", "note=a=b"],
      priority: "-5",
      budget: "$2.50",
      budgetTokens: "90000",
      idempotencyKey: "k",
    },
    "/tmp",
  );
  expect(newBatchShape.parse(body)).toEqual({
    sessions: [
      {
        task: "x",
        provider: "groq",
        model: "llama-3.3-70b",
        tools: ["read_file", "grep"],
        agent: "builtin",
        role: "skeptic",
        effort: "high",
        permission_mode: "plan",
        append_system: "Be short.",
        max_turns: 7,
        schema: { type: "object" },
        priority: -5,
      },
    ],
    cwd: "/tmp/sub",
    timeout: 300_000,
    budget_usd: "2.50",
    budget_tokens: 90_000,
    parent: "1a2b",
    labels: { team: "payments", note: "a=b" },
    idempotency_key: "k",
  });
});

test("no tools at all is a list too", () => {
  expect(toBatchBody({ task: ["x"], tools: "" }, "/tmp").sessions[0]?.tools).toEqual([]);
});

test("a task and a schema can come from files", () => {
  const folder = mkdtempSync(join(tmpdir(), "profclaw-spawn-"));
  writeFileSync(join(folder, "task.md"), "From a file.\n");
  writeFileSync(join(folder, "shape.json"), '{"type":"array"}');
  const [session] = toBatchBody({ task: ["@task.md"], schema: "shape.json" }, folder).sessions;
  expect(session).toEqual({ task: "From a file.\n", schema: { type: "array" } });
});

test.each([
  [{ task: ["@missing.md"] }, /--task names a file that cannot be read/],
  [{ task: ["  "] }, /empty/],
  [{ task: ["x"], timeout: "soon" }, /--timeout is "soon"/],
  [{ task: ["x"], timeout: "0" }, /--timeout is "0"/],
  [{ task: ["x"], maxTurns: "0" }, /--max-turns is "0"/],
  [{ task: ["x"], budget: "0" }, /--budget is "0"; it must be an amount in USD above 0, at most 1000000/],
  [{ task: ["x"], budget: "1e3" }, /--budget is "1e3"/],
  [{ task: ["x"], budgetTokens: "1.5" }, /--budget-tokens is "1.5"/],
  [{ task: ["x"], effort: "hihg" }, /--effort is "hihg"/],
  [{ task: ["x"], label: ["team"] }, /--label is "team"/],
  [{ task: ["x"], schema: "[1]" }, /--schema/],
  [{ task: ["x"], schema: "{oops" }, /not JSON/],
])("%j is refused by the flag's name", (flags, says) => {
  expect(() => toBatchBody(flags, "/tmp")).toThrow(says);
});
