import { afterEach, beforeEach, expect, test } from "vitest";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";

let daemon: InProcessDaemon;

beforeEach(async () => {
  daemon = await startInProcessDaemon(
    () => ({ text: "done", usage: { inputTokens: 1_000, outputTokens: 1_000 } }),
    { POOL_MAX_CONCURRENT: "1" },
  );
});
afterEach(() => daemon.close());

async function greet(env: Record<string, string>): Promise<string[]> {
  return (await daemon.handlers.greetDaemon({ version: "0.0.0", env }, admin)).changes;
}

async function readLimits(): Promise<unknown> {
  const { day, month } = await daemon.handlers.getCostLimits({}, admin);
  return [day.usd, day.tokens, month.usd, month.tokens];
}

test("budgets of a shell apply at once, are said once, and what it does not say stays", async () => {
  expect(await greet({ PROFCLAW_BUDGET_DAY_USD: "5", PROFCLAW_BUDGET_MONTH_TOKENS: "900000" })).toEqual([
    "at most $5.00 a day (was no limit)",
    "at most 900000 tokens a month (was no limit)",
  ]);
  expect(await greet({ PROFCLAW_BUDGET_DAY_USD: "5.00" })).toEqual([]);
  expect(await greet({ PROFCLAW_BUDGET_DAY_TOKENS: "1000" })).toEqual([
    "at most $5.00 and 1000 tokens a day (was $5.00)",
  ]);
  expect(await readLimits()).toEqual(["5.00", 1_000, null, 900_000]);
  const [view] = await daemon.untilEnded(await daemon.spawn([{}]));
  expect(view).toMatchObject({ status: "failed", reason: "budget" });
  expect(daemon.model.requests).toHaveLength(0);
});

test("a greeting that tells nothing new says so; a key and another PATH are news that nobody is told", async () => {
  const env = { PATH: "/usr/bin", ANTHROPIC_API_KEY: "one" };
  await greet(env);
  const news = async (more: Record<string, string>) => {
    const answer = await daemon.handlers.greetDaemon({ version: "0.0.0", env: { ...env, ...more } }, admin);
    return [answer.is_news, answer.changes];
  };
  expect(await news({})).toEqual([false, []]);
  expect(await news({ ANTHROPIC_API_KEY: "two" })).toEqual([true, []]);
  expect(await news({ ANTHROPIC_API_KEY: "two" })).toEqual([false, []]);
  expect(await news({ ANTHROPIC_API_KEY: "two", PATH: "/bin" })).toEqual([true, []]);
  const [isNews, changes] = await news({ ANTHROPIC_API_KEY: "two", PATH: "/bin", POOL_MAX_CONCURRENT: "2" });
  expect([isNews, changes]).toEqual([true, ["at most 2 sessions at once (was 1)"]]);
});

test("a limit that was set by hand holds against a shell's, and that is said", async () => {
  await daemon.handlers.putCostLimits({ day: { usd: "1.00" } }, admin);
  expect(await greet({ PROFCLAW_BUDGET_DAY_USD: "50" })).toEqual([
    'at most $50.00 a day (was no limit): not applied, what "profclaw cost limits set" said holds',
  ]);
  expect(await readLimits()).toEqual(["1.00", null, null, null]);
});

test("requests a minute of a shell hold the calls of a daemon that runs, and are lifted by the next shell", async () => {
  const first = await daemon.spawn([{}]);
  await daemon.untilEnded(first);
  expect(await greet({ PROFCLAW_ANTHROPIC_RPM: "1" })).toEqual([
    "anthropic: 1 requests a minute (was no limit)",
  ]);
  const [free = ""] = await daemon.spawn([{}]);
  await daemon.untilEnded([free]);
  const [held = ""] = await daemon.spawn([{}]);
  const parked = await daemon.until(held, (view) => view.status === "waiting");
  expect(parked.reason).toBe("cool-down");
  expect(await greet({ PROFCLAW_ANTHROPIC_RPM: "6000", PROFCLAW_ANTHROPIC_TPM: "10000000" })).toEqual([
    "anthropic: 6000 requests a minute (was 1)",
    "anthropic: 10000000 tokens a minute (was no limit)",
  ]);
  await daemon.untilEnded(await daemon.spawn([{}, {}, {}]));
});

test.each([
  [{ PROFCLAW_BUDGET_DAY_USD: "-1" }, "PROFCLAW_BUDGET_DAY_USD", /above 0, at most 1000000/],
  [{ PROFCLAW_BUDGET_DAY_USD: "NaN" }, "PROFCLAW_BUDGET_DAY_USD", /"NaN"/],
  [{ PROFCLAW_BUDGET_MONTH_TOKENS: "1e9" }, "PROFCLAW_BUDGET_MONTH_TOKENS", /whole number from 1/],
  [{ PROFCLAW_GROQ_RPM: "0" }, "PROFCLAW_GROQ_RPM", /1 to 1000000000/],
  [{ PROFCLAW_GROQ_TPM: "many" }, "PROFCLAW_GROQ_TPM", /1 to 1000000000/],
  [{ PROFCLAW_BUDGET_DAY_USD: "20", PROFCLAW_BUDGET_MONTH_USD: "10" }, "PROFCLAW_BUDGET_DAY_USD", /month/],
])(
  "a wrong value is refused with its range, and nothing of that shell is taken over: %o",
  async (env, pointer, text) => {
    const wrong = greet({ ...env, POOL_MAX_CONCURRENT: "7", PROFCLAW_ANTHROPIC_RPM: "60" });
    await expect(wrong).rejects.toMatchObject({
      code: "config-invalid",
      pointer,
      message: expect.stringMatching(text),
    });
    expect(daemon.parts.pool.get().maxConcurrent).toBe(1);
    expect([...daemon.parts.rates.get()]).toEqual([]);
    expect(await readLimits()).toEqual([null, null, null, null]);
  },
);
