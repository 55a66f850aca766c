import { expect, test } from "vitest";
import { parseMetricText } from "../support/e2e/metric-text.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

const sonnet = 'provider="anthropic",model="claude-sonnet-4-6"';

async function readMetrics(stage: Stage): Promise<Map<string, number>> {
  const answer = await stage.rest("/metrics");
  expect([answer.status, answer.headers["content-type"]]).toEqual([
    200,
    "text/plain; version=0.0.4; charset=utf-8",
  ]);
  return parseMetricText(answer.text);
}

test("/metrics counts what sessions did: calls, tokens, cost, tools, ends", async () => {
  await using stage = await createStage({
    script: ({ firstUserText, turn }) => {
      if (firstUserText === "fails") return { status: 404, error: { message: "no such model" } };
      const usage = { inputTokens: 1_000, outputTokens: 100 };
      if (turn > 0) return { text: "done", usage };
      return { toolCalls: [{ name: "list_dir", input: {} }, { name: "no_such_tool" }], usage };
    },
  });
  await stage.run(["up"]);
  const { sessions } = await stage.spawn({
    sessions: [
      { task: "one", provider: "anthropic" },
      { task: "fails", provider: "anthropic", model: "made-up-by-me" },
    ],
  });
  await stage.untilEnded(sessions.map(({ id }) => id));
  const cost = (await stage.sessions())[0]?.cost_usd;
  const metrics = await readMetrics(stage);
  const expected = {
    profclaw_sessions_accepted_total: 2,
    'profclaw_sessions_ended_total{status="completed",reason="end-turn"}': 1,
    'profclaw_sessions_ended_total{status="failed",reason="provider-error"}': 1,
    [`profclaw_turns_total{${sonnet}}`]: 2,
    [`profclaw_model_calls_total{${sonnet},outcome="answered"}`]: 2,
    'profclaw_model_calls_total{provider="anthropic",model="other",outcome="not-found"}': 1,
    [`profclaw_tokens_total{${sonnet},kind="input"}`]: 2_000,
    [`profclaw_tokens_total{${sonnet},kind="output"}`]: 200,
    [`profclaw_cost_usd_total{${sonnet}}`]: Number(cost),
    'profclaw_tool_calls_total{tool="list_dir",outcome="ok"}': 1,
    'profclaw_tool_calls_total{tool="unknown",outcome="error"}': 1,
    'profclaw_sessions{status="running"}': 0,
    profclaw_pool_size: 10,
    profclaw_approvals_open: 0,
    profclaw_model_call_seconds_count: 2,
  };
  expect(Object.fromEntries(Object.keys(expected).map((name) => [name, metrics.get(name)]))).toEqual(
    expected,
  );
  expect(metrics.get("profclaw_store_commit_seconds_count")).toBeGreaterThanOrEqual(5);
  expect(metrics.get("process_resident_memory_bytes")).toBeGreaterThan(20e6);
  expect(metrics.get('profclaw_event_loop_delay_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(0);
  // No id of a session or batch, and none of their tasks.
  expect([...metrics.keys()].join("\n")).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}|made-up-by-me/);
});

test("what is now: a parked session, its ask, and the lane that cools down", async () => {
  await using stage = await createStage({
    script: ({ firstUserText }) =>
      firstUserText === "asks"
        ? { toolCalls: [{ name: "bash", input: { command: "touch x" } }] }
        : { status: 429, headers: { "retry-after": "60" } },
  });
  await stage.run(["up"]);
  await stage.spawn({ sessions: [{ task: "asks", provider: "anthropic" }] });
  await until(
    async () => (await readMetrics(stage)).get("profclaw_approvals_open"),
    (open) => open === 1,
    10_000,
  );
  await stage.spawn({ sessions: [{ task: "cools", provider: "openai" }] });
  const metrics = await until(
    () => readMetrics(stage),
    (read) => read.get('profclaw_sessions{status="waiting"}') === 2,
    10_000,
  );
  expect(metrics.get('profclaw_sessions_waiting{on="approval"}')).toBe(1);
  expect(metrics.get('profclaw_sessions_waiting{on="cool-down"}')).toBe(1);
  expect(metrics.get("profclaw_approvals_asked_total")).toBe(1);
  expect(
    metrics.get('profclaw_model_calls_total{provider="openai",model="other",outcome="rate-limited"}'),
  ).toBe(1);
  const left = metrics.get('profclaw_lane_cool_down_seconds{provider="openai",model="other"}') ?? 0;
  expect(left).toBeGreaterThan(30);
  expect(left).toBeLessThan(120);
  expect(metrics.get(`profclaw_lane_limit{${sonnet}}`)).toBe(10);
});

test("/metrics needs a caller like every route", async () => {
  await using stage = await createStage();
  await stage.run(["up"]);
  const wrong = await stage.rest("/metrics", { token: "wrong" });
  expect(wrong.status).toBe(401);
  const foreign = await stage.rest("/metrics", { headers: { origin: "https://evil.example" } });
  expect(foreign.status).toBe(403);
  expect((await stage.rest("/metrics", { token: stage.token() })).status).toBe(200);
});
