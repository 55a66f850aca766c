import { afterAll, beforeAll, expect, test } from "vitest";
import { killHard } from "../support/e2e/processes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";
import type { ParsedRequest, Reply } from "../support/model-server/reply.ts";

let stage: Stage;

function act(request: ParsedRequest): Reply {
  const { firstUserText: task, turn, toolResults } = request;
  if (task.startsWith("second")) return { text: "done", delayMs: 1_000 };
  if (task.startsWith("secret")) return { text: `I keep the ${task}` };
  if (task === "write" && turn === 0) {
    return { toolCalls: [{ name: "write_file", input: { path: "x", content: "y" } }] };
  }
  if (task === "write") return { text: toolResults[0]?.text ?? "" };
  if (task === "lead" && turn === 0) return spawnThree();
  if (task === "lead") return { text: "noted" };
  if (task === "hang") return { hang: true };
  if (task === "fail") return { status: 401, error: { message: "the failing child" } };
  if (task === "nonsense") return { toolCalls: [{ name: "read_file", inputJson: "{" }] };
  return { text: `the fine ${task}` };
}

function spawnThree(): Reply {
  const sessions = ["child", "fail", "hang"].map((task) => ({ task }));
  return { toolCalls: [{ name: "sessions_spawn", input: { sessions, wait: false } }] };
}

beforeAll(async () => {
  stage = await createStage({ script: act });
  await stage.run(["up"]);
});

afterAll(() => stage.close());

test("S1: ten tasks of a second each are all over in one and a half, and the model had ten at once", async () => {
  await stage.untilEnded(
    (await stage.spawn({ sessions: [{ task: "warm up" }] })).sessions.map(({ id }) => id),
  );
  const tasks = Array.from({ length: 10 }, (_, index) => ({ task: `second ${index}` }));
  const { sessions } = await stage.spawn({ sessions: tasks });
  const ended = await stage.untilEnded(sessions.map(({ id }) => id));
  expect(ended.map(({ status }) => status)).toEqual(Array(10).fill("completed"));
  const createdAt = Date.parse(ended[0]?.created_at ?? "");
  const endedAt = Math.max(...ended.map(({ ended_at }) => Date.parse(ended_at ?? "")));
  expect(endedAt - createdAt).toBeLessThan(1_500);
  expect(stage.model.maxConcurrent).toBe(10);
});

test("S2: a session's requests hold its own task and tools, and no word of another's", async () => {
  const before = stage.model.requests.length;
  const { sessions } = await stage.spawn({
    sessions: [
      { task: "secret of alpha", tools: ["read_file"] },
      { task: "secret of beta", tools: ["grep", "glob"] },
    ],
  });
  await stage.untilEnded(sessions.map(({ id }) => id));
  const seen = stage.model.requests.slice(before);
  const alpha = seen.find(({ firstUserText }) => firstUserText === "secret of alpha");
  const beta = seen.find(({ firstUserText }) => firstUserText === "secret of beta");
  expect([alpha?.toolNames, beta?.toolNames]).toEqual([["read_file"], ["grep", "glob"]]);
  expect(JSON.stringify(alpha?.body)).not.toContain("beta");
  expect(JSON.stringify(beta?.body)).not.toContain("alpha");
});

test("S2: a tool that was not listed cannot be run by asking for it", async () => {
  const { sessions } = await stage.spawn({ sessions: [{ task: "write", tools: ["read_file"] }] });
  const [ended] = await stage.untilEnded(sessions.map(({ id }) => id));
  expect(ended?.result?.text).toContain('no tool called "write_file"');
});

test("S6: one that fails, one that hangs and one that talks nonsense leave the others' results whole", async () => {
  const { sessions } = await stage.spawn({
    sessions: [
      { task: "fail" },
      { task: "hang", timeout: 300 },
      { task: "nonsense", max_turns: 3 },
      { task: "first" },
      { task: "last" },
    ],
  });
  const ended = await stage.untilEnded(sessions.map(({ id }) => id));
  expect(ended.map(({ status, result }) => result?.text || status)).toEqual([
    "failed",
    "timed_out",
    "failed",
    "the fine first",
    "the fine last",
  ]);
});

/** How often a text is in what the lead was last shown. */
function countShown(text: string): number {
  const last = stage.model.requests.findLast(({ firstUserText }) => firstUserText === "lead");
  return JSON.stringify(last?.messages ?? []).split(text).length - 1;
}

test("S8: each child's end comes to its parent exactly once, whatever it is, also over a kill -9", async () => {
  const { sessions } = await stage.spawn({ sessions: [{ task: "lead" }] });
  const leadId = sessions[0]?.id ?? "";
  await until(
    () => countShown("the fine child") + countShown("the failing child"),
    (shown) => shown === 2,
  );
  const { pid } = stage.discovery();
  killHard(pid);
  await stage.untilReplaced(pid);
  const living = await until(
    () => stage.sessions(),
    (all) =>
      all.some(
        ({ parent_id, task, status }) => parent_id === leadId && task === "hang" && status === "running",
      ),
  );
  const hanging = living.find(({ parent_id, task }) => parent_id === leadId && task === "hang")?.id;
  expect((await stage.rest(`/api/agents/sessions/${hanging}/cancel`, { body: {} })).status).toBe(200);
  const [lead] = await stage.untilEnded([leadId]);
  expect(lead).toMatchObject({ status: "completed", result: { text: "noted" } });
  expect(["the fine child", "the failing child", "It was stopped on request."].map(countShown)).toEqual([
    1, 1, 1,
  ]);
  expect(stage.model.violations).toEqual([]);
});
