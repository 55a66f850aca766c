import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import type { ParsedRequest, Reply } from "../support/model-server/reply.ts";

let stage: Stage;

const accidents: Record<string, Reply> = {
  "answers 401": { status: 401 },
  "answers 500": { status: 500 },
  "answers 400": { status: 400 },
  "answers 404": { status: 404 },
  "has no credit": { status: 400, error: { message: "Your credit balance is too low" } },
  "sends no JSON": { text: "half an answer, then", malformed: 5 },
  "breaks off": { text: "half an answer, then", cutAfterChunks: 5 },
  "stops early": { text: "half an answer, then", endAfterChunks: 5 },
  "errs inside": {
    text: "half an answer, then",
    errorAfterChunks: 5,
    error: { type: "api_error", message: "sorry" },
  },
  "is cut at its length": { text: "a long story", stop: "length" },
  filters: { text: "", stop: "content-filter" },
};

/** What each of them ends with. */
const codes: Record<string, unknown> = {
  "answers 401": "auth",
  "answers 500": "server-error",
  "answers 400": "bad-request",
  "answers 404": "not-found",
  "has no credit": "quota",
  "sends no JSON": "malformed",
  "breaks off": expect.any(String),
  "stops early": "cut-off",
  "errs inside": "server-error",
  "is cut at its length": "length",
  filters: "content-filter",
};

function meetAccident({ firstUserText }: ParsedRequest): Reply {
  return accidents[firstUserText] ?? { text: "fine" };
}

beforeAll(async () => {
  stage = await createStage({
    script: meetAccident,
    env: { DEAD_BASE_URL: "http://127.0.0.1:9", PROFCLAW_RETRY_DEADLINE_MS: "300" },
  });
});

afterAll(() => stage.close());

test("S21: whatever is wrong with a provider, the session is failed with a code, and never completed", async () => {
  const tasks = Object.keys(accidents);
  const args = [...tasks, "nothing is wrong"].flatMap((task) => ["--task", task]);
  const end = await stage.run(["agent", "spawn", "--json", ...args]);
  expect(end.exitCode, end.stderr).toBe(1);
  const sessions = await stage.sessions();
  const ends = sessions.map(({ task, status, error }) => [task, status, error?.code]);
  expect(ends).toEqual([
    ...tasks.map((task) => [task, "failed", codes[task]]),
    ["nothing is wrong", "completed", undefined],
  ]);
  for (const { error, status } of sessions) if (status === "failed") expect(error?.detail).not.toBe("");
});

test("S21: a provider that is down is failed too, and the command says which and why", async () => {
  const end = await stage.run([
    "agent",
    "spawn",
    "--provider",
    "dead",
    "--model",
    "any",
    "--task",
    "anyone?",
  ]);
  expect(end.exitCode, end.stderr).toBe(1);
  expect(end.stdout).toMatch(/== [0-9a-f]{8} {2}failed {2}anyone\?\nnetwork: .+/);
  expect(end.stderr).toMatch(/1 failed/);
  expect(end.stderr).toMatch(/failed \(network\): profclaw agent logs [0-9a-f]{8}/);
});

test("S21: a connection that is cut is told as that, not as nonsense of the provider", async () => {
  const cut = (await stage.sessions()).find(({ task }) => task === "breaks off");
  expect(cut?.error?.code).toMatch(/^(network|cut-off)$/);
});

test("S21: a partial text is kept and marked, and no key is in what is told", async () => {
  const sessions = await stage.sessions();
  const cut = sessions.find(({ task }) => task === "breaks off");
  expect(cut?.result).toMatchObject({ truncated: true, text: expect.stringMatching(/^half/) });
  const texts = await Promise.all(sessions.map(({ id }) => stage.rest(`/api/agents/sessions/${id}/events`)));
  expect(texts.map(({ text }) => text).join()).not.toContain("test-key");
});

test("S21: agent result and agent wait of what failed are exit 1, of what completed 0", async () => {
  const sessions = await stage.sessions();
  const failed = sessions.find(({ status }) => status === "failed")?.id ?? "";
  const good = sessions.find(({ status }) => status === "completed")?.id ?? "";
  const ends = await Promise.all([
    stage.run(["agent", "result", failed]),
    stage.run(["agent", "wait", failed, good]),
    stage.run(["agent", "result", good]),
    stage.run(["agent", "wait", good]),
  ]);
  expect(ends.map(({ exitCode }) => exitCode)).toEqual([1, 1, 0, 0]);
  expect(ends[2]?.stdout).toBe("fine\n");
});
