import { expect, test } from "vitest";
import { ProfclawError } from "../../../src/core/errors.ts";
import { callTool, createWorkspace, textOf } from "./tool-fixture.ts";

test("sessions_spawn waits for its children by default", async () => {
  const { context, engine } = await createWorkspace({}, { level: "deny" });
  const sessions = [
    { task: "a" },
    { task: "b", provider: "groq", model: "m", tools: ["grep"], name: "second" },
  ];
  expect(await callTool(context, "sessions_spawn", { sessions })).toEqual({
    kind: "pending",
    sessionIds: ["child-1", "child-2"],
  });
  expect(engine.spawned).toEqual([{ key: "call-1", children: sessions }]);
});

test("sessions_spawn without waiting names the ids", async () => {
  const { context } = await createWorkspace();
  const text = await textOf(context, "sessions_spawn", {
    sessions: [{ task: "look\nclosely" }],
    wait: false,
  });
  expect(text).toBe("Started 1; each result comes as a message:\nchild-1 look");
});

test("more than sixteen, none, or a child without a task are refused by field", async () => {
  const { context, engine } = await createWorkspace();
  const many = Array.from({ length: 17 }, () => ({ task: "t" }));
  expect(await textOf(context, "sessions_spawn", { sessions: many })).toContain("sessions: Too big");
  expect(await textOf(context, "sessions_spawn", { sessions: [] })).toContain("sessions: Too small");
  expect(await textOf(context, "sessions_spawn", { sessions: [{ name: "x" }] })).toContain("sessions.0.task");
  expect(engine.spawned).toEqual([]);
});

test("a refusal of the engine is told with its hint", async () => {
  const { context } = await createWorkspace();
  const sessions = {
    ...context.sessions,
    spawn: () =>
      Promise.reject(new ProfclawError("too-many", "Depth 3 is reached.", { hint: "Do it yourself." })),
  };
  const outcome = await callTool({ ...context, sessions }, "sessions_spawn", { sessions: [{ task: "t" }] });
  expect(outcome).toEqual({ kind: "result", text: "Depth 3 is reached. Do it yourself.", isError: true });
});

test("sessions_send posts once per call id", async () => {
  const { context, engine } = await createWorkspace();
  expect(await textOf(context, "sessions_send", { to: "abcd", content: "hello" })).toBe("Sent to abcd.");
  expect(engine.sent).toEqual([{ key: "call-1", to: "abcd", content: "hello" }]);
});

test("session_status tells state, reason and result", async () => {
  const { context, engine } = await createWorkspace();
  expect(await textOf(context, "session_status", {})).toBe("This session has no children.");
  engine.children = [
    {
      sessionId: "s1",
      status: "completed",
      reason: "end-turn",
      task: "a",
      turns: 2,
      resumes: 0,
      text: "r".repeat(20_000),
    },
    { sessionId: "s2", status: "running", reason: null, task: "b", turns: 0, resumes: 0, text: "" },
  ];
  const text = await textOf(context, "session_status", {});
  expect(text).toMatch(/^s1 completed \(end-turn\), 2 turns: a\nr{8000}… \[cut/);
  expect(text).toMatch(/s2 running, 0 turns: b$/);
});
