import { afterAll, beforeAll, expect, test } from "vitest";
import type { CostView, UsageView } from "../../src/contract/shapes.ts";
import { findProcesses, isAlive, killHard } from "../support/e2e/processes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";
import type { ModelTotals } from "../support/model-server/token-ledger.ts";
import type { ParsedRequest, Reply } from "../support/model-server/reply.ts";

let stage: Stage;

/** Two turns each, with other numbers in every one; the cache counts too. */
function expensively({ turn, toolNames, model }: ParsedRequest): Reply {
  const usage = { inputTokens: 100_000 + turn, outputTokens: 1_000 + turn, cacheReadTokens: 40_000 };
  // Only one of the wires tells of cache writes.
  const written = model.startsWith("claude") ? { cacheWriteTokens: 10_000 } : {};
  const first = { toolCalls: [{ name: toolNames[0] ?? "", input: { path: "." } }] };
  return { ...(turn === 0 ? first : { text: "done" }), usage: { ...usage, ...written } };
}

beforeAll(async () => {
  stage = await createStage({ script: expensively });
  await stage.run(["up"]);
  const wishes = [
    { provider: "anthropic" },
    { provider: "anthropic", model: "claude-opus-4-5" },
    { provider: "openai", model: "gpt-4o" },
    { provider: "groq" },
    { provider: "my-llm", model: "home-made" },
  ];
  const { sessions } = await stage.spawn({
    sessions: wishes.map((wish) => ({ task: "spend", tools: ["list_dir"], ...wish })),
  });
  const ended = await stage.untilEnded(sessions.map(({ id }) => id));
  expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(["completed"]));
});

afterAll(() => stage.close());

async function readCost(by: string): Promise<CostView> {
  return (await stage.rest(`/api/cost?group_by=${by}`)).json<CostView>();
}

function toUsage({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: ModelTotals): UsageView {
  return {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    cache_read_tokens: cacheReadTokens,
    cache_write_tokens: cacheWriteTokens,
  };
}

function sum(usages: UsageView[]): UsageView {
  const total = { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0 };
  for (const usage of usages) {
    for (const key of Object.keys(total) as (keyof UsageView)[]) total[key] += usage[key];
  }
  return total;
}

test("S19: the rows are what the model server itself says it gave out, to the token", async () => {
  const given = Object.entries(stage.model.tokensGiven());
  const { rows, usage, calls } = await readCost("model");
  const booked = rows.map((row) => [
    row.key.slice(row.key.indexOf("/") + 1),
    { calls: row.calls, usage: row.usage },
  ]);
  expect(Object.fromEntries(booked)).toEqual(
    Object.fromEntries(given.map(([model, total]) => [model, { calls: total.calls, usage: toUsage(total) }])),
  );
  expect(booked).toHaveLength(5);
  expect(usage).toEqual(sum(given.map(([, total]) => toUsage(total))));
  expect(calls).toBe(10);
});

test("S19: a row per session, and it is that session's own usage and cost", async () => {
  const { rows } = await readCost("session");
  const sessions = await stage.sessions();
  expect(rows).toHaveLength(sessions.length);
  for (const session of sessions) {
    const row = rows.find(({ key }) => key === session.id);
    expect(row?.usage).toEqual(session.usage);
    if (session.cost_usd !== null) expect(row?.cost_usd).toBe(session.cost_usd);
  }
});

test("S19: money is counted from the list price, cache reads and writes at theirs", async () => {
  const { rows } = await readCost("model");
  const sonnet = rows.find(({ key }) => key === "anthropic/claude-sonnet-4-6");
  // 3, 0.30, 3.75 and 15 dollars a million; two calls, one token more in each direction in the second.
  const expected = 2 * (0.15 + 0.012 + 0.0375 + 0.015) + 3e-6 + 15e-6;
  expect(Number(sonnet?.cost_usd)).toBeCloseTo(expected, 5);
});

test("S19: a model without a known price is said, and never taken for free", async () => {
  const report = await readCost("model");
  const unpriced = report.rows.find(({ key }) => key === "my-llm/home-made");
  expect(unpriced).toMatchObject({ calls: 2, unpriced_calls: 2 });
  expect(report.unpriced_calls).toBe(2);
  const session = (await stage.sessions()).find(({ provider }) => provider === "my-llm");
  expect(session?.cost_usd).toBeNull();
  const { stdout } = await stage.run(["cost"]);
  expect(stdout).toMatch(/my-llm\/home-made +unpriced/);
  expect(stdout).toMatch(/total {2}\$[\d.]+ \+ 2 unpriced calls/);
  const spawned = await stage.run([
    "agent",
    "spawn",
    "--dry-run",
    "--model",
    "my-llm/home-made",
    "--task",
    "x",
  ]);
  expect(spawned.stderr).toMatch(/warning: No price is known for home-made/);
});

test("a limit is set, shown, kept over a restart, and refused with its range", async () => {
  await using fresh = await createStage();
  const set = await fresh.run(["cost", "limits", "set", "--day", "$5.00", "--month-tokens", "900"]);
  expect(set.stdout).toMatch(
    /^today +\$0\.00 of \$5\.00 spent \(0 %\)\nthis month +0 of 900 tokens spent \(0 %\)$/m,
  );
  await fresh.run(["down"]);
  const shown = await fresh.run(["cost", "limits", "show", "--json"]);
  expect(JSON.parse(shown.stdout)).toMatchObject({ day: { usd: "5.00" }, month: { tokens: 900, usd: null } });
  const refused = await fresh.run(["cost", "limits", "set", "--day", "-1"]);
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toMatch(/--day is "-1".*above 0, at most 1000000/);
  const above = await fresh.run(["cost", "limits", "set", "--month", "1"]);
  expect(above.stderr).toMatch(/day's limit in USD is above the month's/);
  const bare = await fresh.run(["cost", "limits", "set"]);
  expect(bare.stderr).toMatch(/No limit is given/);
});

test("cost is told by tree and by label, each call once in the sum", async () => {
  const { stdout } = await stage.run(["cost", "--by", "label"]);
  expect(stdout).toMatch(/\(no label\)/);
  const [trees, whole] = await Promise.all([readCost("tree"), readCost("model")]);
  expect(trees.rows).toHaveLength(1);
  expect(trees.rows[0]?.key).toBe((await stage.sessions())[0]?.batch_id);
  expect(trees.cost_usd).toBe(whole.cost_usd);
});

test("S20: the document's three commands are exit 0", async () => {
  const page =
    "# Check active sessions\nprofclaw agent sessions\n\n# View cost breakdown\nprofclaw cost --today";
  const both = await stage.shell(`set -e\n${page}\nprofclaw cost`);
  expect(both.exitCode, both.stderr).toBe(0);
  expect(both.stdout).toMatch(/No sessions are queued, running or waiting/);
  expect(both.stdout.match(/anthropic\/claude-sonnet-4-6/g)).toHaveLength(2);
  expect(both.stdout.match(/total {2}\$/g)).toHaveLength(2);
});

test("S20: on a machine where nothing ever ran they are exit 0 too", async () => {
  await using fresh = await createStage();
  for (const command of ["profclaw cost --today", "profclaw cost", "profclaw agent sessions"]) {
    const { exitCode, stdout, stderr } = await fresh.shell(command);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/^No (model calls|sessions)/);
  }
});

test("S20: --by, --csv and --today agree with each other", async () => {
  const [whole, today, csv, days] = await Promise.all([
    stage.run(["cost", "--json"]),
    stage.run(["cost", "--today", "--json"]),
    stage.run(["cost", "--by", "provider", "--csv"]),
    stage.run(["cost", "--by", "day", "--json"]),
  ]);
  const [all, since, byDay] = [whole, today, days].map(({ stdout }) => JSON.parse(stdout) as CostView);
  expect(since?.rows).toEqual(all?.rows);
  expect(byDay).toMatchObject({ calls: 10, usage: all?.usage });
  expect(csv.stdout.split("\n")[0]).toMatch(/^provider,cost_usd,unpriced_calls,calls,sessions,input_tokens/);
  expect(csv.stdout).toMatch(/^my-llm,,2,2,1,/m);
});

test("S20: after a kill -9 of everything and a new start the books are the same", async () => {
  const before = await readCost("session");
  const { pid } = stage.discovery();
  for (const process of findProcesses(stage.state)) killHard(process.pid);
  await until(
    () => isAlive(pid),
    (alive) => !alive,
  );
  const { exitCode, stdout } = await stage.run(["cost", "--by", "session", "--json"]);
  expect(exitCode).toBe(0);
  const after = JSON.parse(stdout) as CostView;
  expect({ ...after, to: "" }).toEqual({ ...before, to: "" });
  const listed = await stage.run(["agent", "sessions", "-a"]);
  expect(listed.stdout.match(/completed/g)).toHaveLength(5);
});

test("a long report comes in pages, whose sums are of all rows; the command line shows them all", async () => {
  const whole = await readCost("session");
  const keys: string[] = [];
  let cursor: string | null = null;
  do {
    const after: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const answer = await stage.rest(`/api/cost?group_by=session&limit=2${after}`);
    const page = answer.json<CostView>();
    expect(page.rows.length).toBeLessThanOrEqual(2);
    expect([page.cost_usd, page.calls]).toEqual([whole.cost_usd, whole.calls]);
    keys.push(...page.rows.map(({ key }) => key));
    cursor = page.next_cursor;
  } while (cursor !== null);
  expect(keys).toEqual(whole.rows.map(({ key }) => key));
  expect(keys.length).toBeGreaterThan(4);
  const wrong = await stage.rest("/api/cost?group_by=session&cursor=nonsense");
  expect(wrong.status).toBe(422);
  const shown = await stage.run(["cost", "--by", "session", "--json"]);
  expect((JSON.parse(shown.stdout) as CostView).rows.map(({ key }) => key)).toEqual(keys);
});
