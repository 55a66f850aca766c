import { afterEach, expect, test } from "vitest";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";
import type { ModelScript } from "../../support/model-server/reply.ts";

let daemon: InProcessDaemon;

async function start(script: ModelScript, env: Record<string, string> = {}): Promise<void> {
  daemon = await startInProcessDaemon(script, env);
}

afterEach(async () => {
  const { violations } = daemon.model;
  await daemon.close();
  expect(violations).toEqual([]);
});

test("a completed session goes on with its history, its turns and its cost, and its batch tells two results", async () => {
  await start(({ turn, lastUserText }) => ({ text: `turn ${turn}: ${lastUserText}` }));
  const [id = ""] = await daemon.spawn([{ task: "first task" }]);
  const [first] = await daemon.untilEnded([id]);
  await daemon.handlers.resumeSession({ id, message: "second task" }, admin);
  const [second] = await daemon.untilEnded([id]);
  expect(second).toMatchObject({ status: "completed", turns: 2, resumes: 1 });
  expect(second?.result?.text).toBe("turn 1: second task");
  expect(second?.usage.output_tokens).toBeGreaterThan(first?.usage.output_tokens ?? 0);
  const sent = JSON.stringify(daemon.model.requests.at(-1)?.messages);
  expect(sent.indexOf("first task")).toBeLessThan(sent.indexOf("turn 0"));
  expect(sent.indexOf("turn 0")).toBeLessThan(sent.indexOf("second task"));
  const batchId = second?.batch_id ?? "";
  const mail = await daemon.store.listMessages({ to: batchId, unackedOnly: true, limit: 9 });
  expect(mail.map(({ content }) => content)).toEqual(["turn 0: first task", "turn 1: second task"]);
  const batch = await daemon.handlers.getBatch({ id: batchId }, admin);
  expect(batch).toMatchObject({ status: "completed", counts: { completed: 1 } });
});

test("a session that ran out of turns has as many again, and goes on without a word", async () => {
  await start(({ turn }) =>
    turn < 5 ? { toolCalls: [{ name: "list_dir", input: { path: "." } }] } : { text: "done" },
  );
  const [id = ""] = await daemon.spawn([{ max_turns: 3 }]);
  const [first] = await daemon.untilEnded([id]);
  expect(first).toMatchObject({ status: "failed", reason: "max-turns", turns: 3 });
  await daemon.handlers.resumeSession({ id }, admin);
  const [second] = await daemon.untilEnded([id]);
  expect(second).toMatchObject({ status: "completed", turns: 6, error: null });
});

test("a session that was stopped in a command goes on, is told that it may have happened, and does not run it again", async () => {
  await start(({ turn, toolResults, lastUserText }) =>
    turn === 0
      ? { thinking: "hm", toolCalls: [{ name: "bash", input: { command: "echo x >> ran; sleep 30" } }] }
      : { text: `${lastUserText} | ${toolResults[0]?.text ?? ""}` },
  );
  const [id = ""] = await daemon.spawn([{ permission_mode: "full" }]);
  await daemon.until(id, (view) => view.activity?.includes("sleep") === true);
  await daemon.handlers.cancelSession({ id }, admin);
  await daemon.handlers.resumeSession({ id, message: "go on please" }, admin);
  const [view] = await daemon.untilEnded([id]);
  expect(view?.status).toBe("completed");
  expect(view?.result?.text).toContain("go on please");
  expect(JSON.stringify(daemon.model.requests.at(-1)?.messages)).toContain("may have happened");
});

test("its clock begins anew", async () => {
  await start(({ turn }) => ({ text: "done", delayMs: turn === 0 ? 900 : 0 }));
  const [id = ""] = await daemon.spawn([{ timeout: 400 }]);
  const [first] = await daemon.untilEnded([id]);
  expect(first?.status).toBe("timed_out");
  await daemon.handlers.resumeSession({ id, timeout: 5_000 }, admin);
  const [second] = await daemon.untilEnded([id]);
  expect(second?.status).toBe("completed");
});

test("a spent budget refuses until there is more, and more counts from now on", async () => {
  await start(({ turn }) => ({ text: `t${turn}`, usage: { inputTokens: 1_000, outputTokens: 500 } }));
  const [id = ""] = await daemon.spawn([{ budget_tokens: 40_000, max_output_tokens: 20_000 }]);
  await daemon.untilEnded([id]);
  const again = (more: { budget_tokens?: number }) =>
    daemon.handlers.resumeSession({ id, message: "more", ...more }, admin);
  const view = (await again({ budget_tokens: 30_000 })).sessions[0];
  expect(view?.budget).toMatchObject({ tokens: 31_500, spent_tokens: 1_500 });
  await daemon.untilEnded([id]);
  await again({ budget_tokens: 1 });
  const [failed] = await daemon.untilEnded([id]);
  expect(failed).toMatchObject({ status: "failed", reason: "budget" });
  await daemon.crash();
  const [after] = await daemon.untilEnded([id]);
  expect(after?.budget).toMatchObject({ tokens: 3_001, spent_tokens: 3_000, left_tokens: 1 });
});

test("a session that had no budget is counted from its first turn once it gets one", async () => {
  await start(() => ({ text: "x", usage: { inputTokens: 1_000, outputTokens: 500 } }));
  const [id = ""] = await daemon.spawn([{}]);
  await daemon.untilEnded([id]);
  const { sessions } = await daemon.handlers.resumeSession(
    { id, message: "more", budget_tokens: 50_000 },
    admin,
  );
  expect(sessions[0]?.budget).toMatchObject({ tokens: 51_500, spent_tokens: 1_500 });
  await daemon.untilEnded([id]);
  await daemon.crash();
  const [after] = await daemon.untilEnded([id]);
  expect(after?.budget).toMatchObject({ tokens: 51_500, spent_tokens: 3_000 });
});

test("of two that resume at once, one wins; who comes late is told to send", async () => {
  await start(({ turn }) => ({ text: "done", delayMs: turn * 300 }));
  const [id = ""] = await daemon.spawn([{}]);
  await daemon.untilEnded([id]);
  const outcomes = await Promise.allSettled(
    ["a", "b", "c"].map((message) => daemon.handlers.resumeSession({ id, message }, admin)),
  );
  const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
  expect(refused).toHaveLength(2);
  for (const reason of refused)
    expect(reason).toMatchObject({ code: "session-alive", hint: expect.stringContaining("agent send") });
  const [view] = await daemon.untilEnded([id]);
  expect(view).toMatchObject({ status: "completed", turns: 2 });
});

test("the moment in which a session ends is as good as any later one", async () => {
  await start(({ turn }) => ({ text: `${turn}` }), { POOL_MAX_CONCURRENT: "20" });
  const ids = await daemon.spawn(Array.from({ length: 10 }, () => ({})));
  const resume = async (id: string): Promise<void> => {
    for (let lives = 0; lives < 5;) {
      const resumed = await daemon.handlers
        .resumeSession({ id, message: `life ${lives}` }, admin)
        .catch(() => null);
      if (resumed !== null) lives += 1;
    }
  };
  await Promise.all(ids.map(resume));
  const views = await daemon.untilEnded(ids);
  expect(views.map(({ status, turns, resumes }) => `${status} ${turns} ${resumes}`)).toEqual(
    Array(10).fill("completed 6 5"),
  );
});

test("the same key resumes once; a lost session and an idle one are refused", async () => {
  await start(() => ({ text: "done" }));
  const [id = ""] = await daemon.spawn([{}]);
  await daemon.untilEnded([id]);
  await expect(daemon.handlers.resumeSession({ id }, admin)).rejects.toMatchObject({
    code: "invalid-request",
  });
  const input = { id, message: "more", idempotency_key: "k" };
  await daemon.handlers.resumeSession(input, admin);
  await daemon.untilEnded([id]);
  const [again] = (await daemon.handlers.resumeSession(input, admin)).sessions;
  expect(again).toMatchObject({ status: "completed", resumes: 1, turns: 2 });
  await expect(daemon.handlers.resumeSession({ ...input, message: "x" }, admin)).rejects.toMatchObject({
    code: "idempotency-key-reused",
  });
});

test("what was missed is read when the session goes on", async () => {
  await start(({ lastUserText }) => ({ text: `heard ${lastUserText}` }));
  const [id = ""] = await daemon.spawn([{}]);
  await daemon.untilEnded([id]);
  const sent = await daemon.handlers.sendMessage({ id, message: "missed", delivery: "steer" }, admin);
  expect(sent.receipt).toBe("missed");
  await daemon.handlers.resumeSession({ id }, admin);
  const [view] = await daemon.untilEnded([id]);
  expect(view?.result?.text).toBe("heard missed");
});

test("a child that goes on after its parent has ended survives a crash", async () => {
  await start(({ firstUserText, turn }) => {
    if (firstUserText === "child") return { text: `child ${turn}`, delayMs: turn * 800 };
    return turn === 0
      ? { toolCalls: [{ name: "sessions_spawn", input: { sessions: [{ task: "child" }] } }] }
      : { text: "parent done" };
  });
  const [lead = ""] = await daemon.spawn([{ task: "lead" }]);
  await daemon.untilEnded([lead]);
  const tree = await daemon.handlers.getSessionTree({ id: lead }, admin);
  const child = tree.children[0]?.session.id ?? "";
  await daemon.handlers.resumeSession({ id: child, message: "more" }, admin);
  await expect.poll(() => daemon.model.inFlight).toBe(1);
  await daemon.crash();
  const [view] = await daemon.untilEnded([child]);
  expect(view).toMatchObject({ status: "completed", result: { text: "child 1" } });
});
