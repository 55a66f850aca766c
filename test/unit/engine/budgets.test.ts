import { afterEach, expect, test } from "vitest";
import type { NewBatchInput } from "../../../src/contract/session-operations.ts";
import type { SessionView } from "../../../src/contract/shapes.ts";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";
import type { ModelScript, ParsedRequest, Reply } from "../../support/model-server/reply.ts";

let daemon: InProcessDaemon;

async function start(script: ModelScript, env: Record<string, string> = {}): Promise<void> {
  daemon = await startInProcessDaemon(script, env);
}

afterEach(async () => {
  const { violations } = daemon.model;
  await daemon.close();
  expect(violations).toEqual([]);
});

/** USD per million tokens of claude-sonnet-4-6, from Anthropic's price page: apart from our price list. */
const sonnet = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };

/** What the server itself gave out, at the public price: shares no code with the product. */
function serverSideUsd(): number {
  return Object.values(daemon.model.tokensGiven()).reduce((sum, given) => {
    const fresh = given.inputTokens - given.cacheReadTokens - given.cacheWriteTokens;
    const input = fresh * sonnet.input + given.cacheReadTokens * sonnet.cacheRead;
    return (
      sum + (input + given.cacheWriteTokens * sonnet.cacheWrite + given.outputTokens * sonnet.output) / 1e6
    );
  }, 0);
}

function serverSideTokens(): number {
  const given = Object.values(daemon.model.tokensGiven());
  return given.reduce((sum, row) => sum + row.inputTokens + row.outputTokens, 0);
}

/** Works through five turns and spends nearly all that a turn may: output at its limit, input written to the cache. */
function spender(outputTokens: number, delayMs = 20): ModelScript {
  return (request: ParsedRequest): Reply => {
    const inputTokens = Math.ceil(JSON.stringify(request.body).length / 2);
    const usage = { inputTokens, outputTokens, cacheWriteTokens: inputTokens };
    const call = { name: "list_dir", input: { path: "." } };
    const reply = request.turn < 4 ? { toolCalls: [call] } : { text: "done" };
    return { ...reply, usage, delayMs };
  };
}

async function spawnBatch(
  input: Omit<NewBatchInput, "sessions">,
  count: number,
  more = {},
): Promise<string[]> {
  const sessions = Array.from({ length: count }, (_, index) => ({
    task: `task ${index}`,
    provider: "anthropic",
    tools: ["list_dir"],
    max_output_tokens: 2_000,
    ...more,
  }));
  const accepted = await daemon.handlers.createSessions({ sessions, ...input }, admin);
  return accepted.sessions.map(({ id }) => id);
}

function countReasons(views: readonly SessionView[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of views) counts[reason ?? ""] = (counts[reason ?? ""] ?? 0) + 1;
  return counts;
}

test("25 sessions racing for $1 spend at most $1 by the server's own count, and most of it", async () => {
  await start(spender(1_900), { POOL_MAX_CONCURRENT: "25" });
  const ids = await spawnBatch({ budget_usd: "1.00" }, 25);
  const views = await daemon.untilEnded(ids, 60_000);
  expect(serverSideUsd()).toBeLessThanOrEqual(1);
  expect(serverSideUsd()).toBeGreaterThan(0.9);
  const refused = views.filter((view) => view.reason === "budget");
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]?.error?.code).toBe("budget-exceeded");
  expect(refused[0]?.error?.detail).toMatch(/budget of batch \w{8} is \$1\.00: \$0\.\d+ spent/);
  const batch = await daemon.handlers.getBatch({ id: views[0]?.batch_id ?? "" }, admin);
  expect(Number(batch.budget?.spent_usd)).toBeCloseTo(serverSideUsd(), 4);
}, 70_000);

test("a cap holds over two kills in the middle of the race: what was in flight counts at its worst", async () => {
  await start(spender(1_900, 60), { POOL_MAX_CONCURRENT: "25" });
  const ids = await spawnBatch({ budget_usd: 1 }, 25);
  await expect.poll(() => daemon.model.requests.length, { timeout: 10_000 }).toBeGreaterThan(12);
  await daemon.crash();
  await expect.poll(() => daemon.model.requests.length, { timeout: 10_000 }).toBeGreaterThan(20);
  await daemon.crash();
  const views = await daemon.untilEnded(ids, 60_000);
  await expect.poll(() => daemon.model.inFlight).toBe(0);
  expect(serverSideUsd()).toBeLessThanOrEqual(1);
  const batch = await daemon.handlers.getBatch({ id: views[0]?.batch_id ?? "" }, admin);
  expect(Number(batch.budget?.spent_usd)).toBeGreaterThanOrEqual(serverSideUsd());
  const before = batch.budget;
  await daemon.crash();
  expect((await daemon.handlers.getBatch({ id: batch.id }, admin)).budget).toEqual(before);
}, 70_000);

test("a session's own budget stops that session alone", async () => {
  await start(spender(1_000));
  const sessions = [{ budget_usd: "0.05" }, {}].map((more) => ({
    tools: ["list_dir"],
    max_output_tokens: 1_000,
    ...more,
  }));
  const [poor, free] = await daemon.untilEnded(await daemon.spawn(sessions));
  expect(poor).toMatchObject({ status: "failed", reason: "budget", budget: { usd: "0.05" } });
  expect(Number(poor?.cost_usd)).toBeLessThanOrEqual(0.05);
  expect(Number(poor?.cost_usd)).toBeGreaterThan(0);
  expect(free).toMatchObject({ status: "completed", budget: null });
});

test("a budget in tokens holds for the whole batch, and for a model that has no price", async () => {
  await start(spender(500), { POOL_MAX_CONCURRENT: "10" });
  const baseUrl = { MY_LLM_BASE_URL: daemon.model.openaiUrl, MY_LLM_API_KEY: "test-key" };
  await daemon.handlers.greetDaemon({ version: "0.0.0", env: baseUrl }, admin);
  const model = { provider: "my-llm", model: "home-made", max_output_tokens: 500 };
  const views = await daemon.untilEnded(await spawnBatch({ budget_tokens: 40_000 }, 10, model), 30_000);
  expect(serverSideTokens()).toBeLessThanOrEqual(40_000);
  expect(serverSideTokens()).toBeGreaterThan(30_000);
  expect(countReasons(views)["budget"]).toBeGreaterThan(0);
  expect(views.find((view) => view.reason === "budget")?.error?.detail).toMatch(
    /is 40000 tokens: \d+ tokens spent/,
  );
});

test("a budget in USD for a model without a price is refused at the door, unless tokens are capped too", async () => {
  await start(() => ({ text: "done" }));
  const baseUrl = { MY_LLM_BASE_URL: daemon.model.openaiUrl, MY_LLM_API_KEY: "test-key" };
  await daemon.handlers.greetDaemon({ version: "0.0.0", env: baseUrl }, admin);
  const model = { provider: "my-llm", model: "home-made" };
  const refusal = { code: "budget-unpriced", status: 400, pointer: "/sessions/0/model" };
  await expect(spawnBatch({ budget_usd: "1" }, 1, model)).rejects.toMatchObject(refusal);
  await expect(spawnBatch({}, 1, { ...model, budget_usd: "1" })).rejects.toMatchObject(refusal);
  const [view] = await daemon.untilEnded(
    await spawnBatch({ budget_usd: "1", budget_tokens: 50_000 }, 1, model),
  );
  expect(view?.status).toBe("completed");
});

test("what a child spends counts against its parent's budget, and a child gets no more than its parent has left", async () => {
  await start((request) => {
    const usage = { inputTokens: 1_000, outputTokens: 2_000 };
    if (request.firstUserText !== "lead") return { text: "done", usage };
    if (request.turn > 0) return { text: "told", usage };
    return {
      toolCalls: [{ name: "sessions_spawn", input: { sessions: [{ task: "a" }, { task: "b" }] } }],
      usage,
    };
  });
  const [id = ""] = await daemon.spawn([{ task: "lead", budget_usd: "0.40", max_output_tokens: 2_000 }]);
  const [lead] = await daemon.untilEnded([id]);
  expect(lead?.status).toBe("completed");
  // Four calls of $0.033 each: two of the parent, one of each child.
  expect(lead?.budget).toMatchObject({ spent_usd: "0.132", left_usd: "0.268", spent_tokens: 12_000 });
  expect(lead?.cost_usd).toBe("0.066");
});

test("a child's own budget is lowered to what its parent has left, and it is said", async () => {
  await start((request) =>
    request.firstUserText === "lead" && request.turn > 0 ? { hang: true } : spender(2_000)(request),
  );
  const [id = ""] = await daemon.spawn([
    { task: "lead", budget_usd: "0.50", tools: ["list_dir"], max_output_tokens: 2_000 },
  ]);
  await daemon.until(id, (view) => view.turns === 1);
  const child = { task: "child", provider: "anthropic", budget_usd: "0.49", tools: [] };
  const accepted = await daemon.handlers.createSessions({ sessions: [child], parent: id }, admin);
  const left = (await daemon.handlers.getSession({ id }, admin)).budget?.left_usd;
  expect(accepted.sessions[0]?.budget?.usd).toBe(left);
  expect(Number(left)).toBeLessThan(0.49);
  expect(accepted.warnings.join()).toContain("was lowered to");
  await daemon.handlers.cancelSession({ id }, admin);
});

test("the day's and the month's limits hold for all batches together, and over a restart", async () => {
  await start(spender(1_900), { PROFCLAW_BUDGET_DAY_USD: "0.30", PROFCLAW_BUDGET_MONTH_USD: "9" });
  await daemon.untilEnded(await spawnBatch({}, 2), 30_000);
  const before = serverSideUsd();
  expect(before).toBeGreaterThan(0.2);
  await daemon.crash();
  const refused = spawnBatch({}, 2).then((ids) => daemon.untilEnded(ids, 30_000));
  await refused.catch(() => undefined);
  expect(serverSideUsd()).toBeLessThanOrEqual(0.3);
  const limits = await daemon.handlers.getCostLimits({}, admin);
  expect(limits.day).toMatchObject({ usd: "0.30" });
  expect(limits.month).toMatchObject({ usd: "9.00", spent_usd: limits.day.spent_usd });
  const cost = await daemon.handlers.getCost({ group_by: "model", limit: 1_000 }, admin);
  expect(cost.budget).toEqual(limits);
});

test("a limit that is set while sessions run holds from then on, is kept, and gives way when it is taken away", async () => {
  await start(spender(1_900));
  await daemon.handlers.putCostLimits({ month: { usd: 0.1, tokens: null } }, admin);
  const views = await daemon.untilEnded(await spawnBatch({}, 3), 30_000);
  expect(countReasons(views)).toEqual({ budget: 3 });
  expect(serverSideUsd()).toBeLessThanOrEqual(0.1);
  await daemon.crash();
  const { month } = await daemon.handlers.getCostLimits({}, admin);
  expect(month.usd).toBe("0.10");
  await daemon.handlers.putCostLimits({ month: {} }, admin);
  const [view] = await daemon.untilEnded(await spawnBatch({}, 1), 30_000);
  expect(view?.status).toBe("completed");
});

test("a day above its month, and a session above its batch, are refused with the place", async () => {
  await start(() => ({ text: "done" }));
  const { putCostLimits } = daemon.handlers;
  await putCostLimits({ month: { usd: "5" } }, admin);
  await expect(putCostLimits({ day: { usd: "6" } }, admin)).rejects.toMatchObject({
    code: "invalid-request",
    pointer: "/day",
  });
  await expect(spawnBatch({ budget_usd: "1" }, 1, { budget_usd: "1.000001" })).rejects.toMatchObject({
    code: "invalid-request",
    pointer: "/sessions/0/budget_usd",
  });
  await expect(spawnBatch({ budget_tokens: 5 }, 1, { budget_tokens: 6 })).rejects.toMatchObject({
    pointer: "/sessions/0/budget_tokens",
  });
});

test.each([
  ["negative", { input_tokens: -5, output_tokens: -1 }],
  ["missing", {}],
  ["absurd", { input_tokens: 1e30, output_tokens: 1e30 }],
  ["no number", { input_tokens: "many", output_tokens: null }],
])("%s usage corrupts no account: such a call counts at its worst case", async (_, rawUsage) => {
  await start(() => ({ text: "done", rawUsage }));
  const [id = ""] = await daemon.spawn([
    { budget_usd: "1", budget_tokens: 100_000, max_output_tokens: 1_000 },
  ]);
  const [view] = await daemon.untilEnded([id]);
  const spent = Number(view?.budget?.spent_usd);
  expect(spent).toBeGreaterThan(0.015);
  expect(spent).toBeLessThan(0.1);
  expect(view?.budget?.spent_tokens).toBeGreaterThan(1_000);
  expect(view?.budget?.spent_tokens).toBeLessThan(20_000);
  const { day } = await daemon.handlers.getCostLimits({}, admin);
  expect(day.spent_usd).toBe(view?.budget?.spent_usd);
  await daemon.crash();
  expect((await daemon.handlers.getSession({ id }, admin)).budget).toEqual(view?.budget);
  expect((await daemon.handlers.getCostLimits({}, admin)).day).toEqual(day);
});

test("a session that is stopped after a kill books the call that was in flight", async () => {
  await start(() => ({ hang: true }));
  const ids = await spawnBatch({ budget_usd: "1" }, 1);
  await expect.poll(() => daemon.model.inFlight).toBe(1);
  await daemon.crash();
  await daemon.handlers.cancelSession({ id: ids[0] ?? "" }, admin);
  const cost = await daemon.handlers.getCost({ group_by: "model", limit: 1_000 }, admin);
  expect(cost.possibly_billed_calls).toBeGreaterThan(0);
  const { day } = await daemon.handlers.getCostLimits({}, admin);
  expect(Number(day.spent_usd)).toBeGreaterThan(0.03);
  await daemon.crash();
  expect((await daemon.handlers.getCostLimits({}, admin)).day).toEqual(day);
});

test("a dry run says what it will usually cost, and from what it knows that", async () => {
  await start(() => ({ text: "done", usage: { inputTokens: 1_000, outputTokens: 1_000 } }));
  const sessions = [{ task: "look", provider: "anthropic" }];
  const first = await daemon.handlers.createSessions({ sessions, dry_run: true }, admin);
  expect(first.estimate?.basis).toBe("rule of thumb");
  await daemon.untilEnded(await daemon.spawn([{}, {}]));
  const second = await daemon.handlers.createSessions({ sessions, dry_run: true, budget_usd: "0.01" }, admin);
  // $0.018 each, but the budget lets it be no more.
  expect(second.estimate).toEqual({ usd: "0.01", basis: "history of 2 sessions" });
  expect(second.budget).toMatchObject({ usd: "0.01", left_usd: "0.01" });
  const started = await daemon.handlers.createSessions({ sessions }, admin);
  expect(started).not.toHaveProperty("estimate");
  await daemon.untilEnded(started.sessions.map(({ id }) => id));
});

test("after a turn only what came since is guessed: the next call sets aside little more than it costs", async () => {
  await start((request) => {
    const inputTokens = Math.ceil(JSON.stringify(request.body).length / 4);
    const call = { name: "list_dir", input: { path: "." } };
    return {
      ...(request.turn === 0 ? { toolCalls: [call] } : { text: "done" }),
      usage: { inputTokens, outputTokens: 10 },
    };
  });
  const task = "word ".repeat(20_000);
  const [id = ""] = await daemon.spawn([{ task, max_output_tokens: 1_000 }]);
  await daemon.untilEnded([id]);
  const { events } = await daemon.handlers.getSessionEvents({ id, after: 0, limit: 100 }, admin);
  const reserved = events
    .filter(({ type }) => type === "turn-start")
    .map(({ data }) => (data as { reservedTokens: number }).reservedTokens);
  expect(reserved[0]).toBeGreaterThan(100_000);
  expect(reserved[1]).toBeLessThan(32_000);
});
