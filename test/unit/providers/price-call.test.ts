import { afterEach, expect, test, vi } from "vitest";
import { createFixedClock } from "../../../src/core/clock.ts";
import type { Usage } from "../../../src/core/usage.ts";
import { noUsage } from "../../../src/core/usage.ts";
import { toMicroUsd } from "../../../src/core/money.ts";
import { type CallPrice, priceCall } from "../../../src/providers/price-call.ts";
import { hasTokenPrices } from "../../../src/providers/price-list.ts";
import { priceListNames, providerEntries } from "../../../src/providers/provider-data.ts";

// Prices have start dates in the list; this day lies after all that matter here.
const clock = createFixedClock(Date.parse("2026-09-01T00:00:00Z"));

afterEach(() => {
  vi.unstubAllGlobals();
});

async function price(provider: string, model: string, usage: Partial<Usage>): Promise<CallPrice> {
  return await priceCall({ provider, model, usage: { ...noUsage, ...usage }, clock });
}

test("Claude's cache reads and writes have their own rates", async () => {
  // 200k plain × 3 + 600k read × 0.30 + 200k written × 3.75 + 100k out × 15, USD per million:
  // 0.60 + 0.18 + 0.75 + 1.50 = 3.03 USD.
  const usage = {
    inputTokens: 1_000_000,
    outputTokens: 100_000,
    cacheReadTokens: 600_000,
    cacheWriteTokens: 200_000,
  };
  expect(await price("anthropic", "claude-sonnet-4-6", usage)).toEqual({
    costMicroUsd: 3_030_000,
    price: {
      source: "genai-prices 0.1.8",
      model: "claude-sonnet-4-6",
      inputUsdPerMillion: 3,
      outputUsdPerMillion: 15,
    },
  });
});

test("a part of a micro-dollar is rounded up", async () => {
  // 400 plain × 1.25 + 600 read × 0.125 + 100 out × 10 = 500 + 75 + 1000 = 1575 micro-USD exactly.
  const whole = { inputTokens: 1_000, outputTokens: 100, cacheReadTokens: 600 };
  expect((await price("openai", "gpt-5", whole)).costMicroUsd).toBe(1_575);
  // 1 × 0.59 micro-USD.
  expect((await price("groq", "llama-3.3-70b-versatile", { inputTokens: 1 })).costMicroUsd).toBe(1);
});

test("a long prompt is booked at the rate that applied", async () => {
  // Above 272k tokens gpt-6-sol costs 4 in and 15 out: 300k × 4 + 1k × 15 = 1.215 USD.
  const result = await price("openai", "gpt-6-sol", { inputTokens: 300_000, outputTokens: 1_000 });
  expect(result).toMatchObject({
    costMicroUsd: 1_215_000,
    price: { inputUsdPerMillion: 4, outputUsdPerMillion: 15 },
  });
  const short = await price("openai", "gpt-6-sol", { inputTokens: 1_000, outputTokens: 0 });
  expect(short).toMatchObject({
    costMicroUsd: 2_000,
    price: { inputUsdPerMillion: 2, outputUsdPerMillion: 10 },
  });
});

test("an alias has the price of what it stands for", async () => {
  // 1M × 0.59 + 1M × 0.79.
  const usage = { inputTokens: 1_000_000, outputTokens: 1_000_000 };
  expect((await price("groq", "llama-3.3-70b", usage)).costMicroUsd).toBe(1_380_000);
  expect((await price("xai", "grok-4", usage)).price?.model).toBe("grok-4-0709");
});

test.each([
  ["anthropic", "claude-next-1"],
  ["home", "gpt-5"],
  ["my-openai-proxy", "gpt-5"],
  ["openai", "whisper-1"],
  ["openai", "omni-moderation-latest"],
])("without a known price per token there is none, never 0: %s %s", async (provider, model) => {
  const usage = { inputTokens: 1_000, outputTokens: 1_000 };
  expect(await price(provider, model, usage)).toEqual({ costMicroUsd: null, price: null });
});

test("a call without tokens costs nothing where the price is known", async () => {
  expect((await price("anthropic", "claude-sonnet-4-6", {})).costMicroUsd).toBe(0);
});

test("counts that cannot be are unpriced", async () => {
  const usage = { inputTokens: 10, cacheReadTokens: 600 };
  expect(await price("openai", "gpt-6-sol", usage)).toEqual({ costMicroUsd: null, price: null });
});

test("no price is ever fetched", async () => {
  const calls: unknown[] = [];
  vi.stubGlobal("fetch", (...input: unknown[]) => {
    calls.push(input);
    return Promise.reject(new Error("no network here"));
  });
  await price("anthropic", "claude-sonnet-4-6", { inputTokens: 1 });
  await price("anthropic", "not-listed", { inputTokens: 1 });
  expect(calls).toEqual([]);
});

test("a local server's call costs 0, and says why", async () => {
  const call = await price("ollama", "llama3", { ...noUsage, inputTokens: 1_000, outputTokens: 10 });
  expect(call).toMatchObject({ costMicroUsd: 0, price: { source: "local" } });
});

test("every listed model is booked at exactly what the list itself says, at any time of day", async () => {
  const library = await import("@pydantic/genai-prices");
  // Any spread does, as long as it is the same in each run.
  let last = 2026;
  const upTo = (most: number): number => (last = (last * 48_271) % 2_147_483_647) % most;
  for (const { name } of providerEntries.filter(({ isKeyless }) => isKeyless !== true)) {
    const list = library.findProvider({ providerId: priceListNames[name] ?? name });
    for (const { id } of list?.models ?? []) {
      const now = clock.now() + upTo(48) * 1_800_000;
      const [cacheReadTokens, cacheWriteTokens] = [upTo(50_000), upTo(50_000)];
      const usage = { cacheReadTokens, cacheWriteTokens, outputTokens: upTo(9_000) };
      const inputTokens = cacheReadTokens + cacheWriteTokens + upTo(300_000);
      const booked = await priceCall({
        provider: name,
        model: id,
        usage: { ...usage, inputTokens },
        clock: createFixedClock(now),
      });
      const tokens = {
        input_tokens: inputTokens,
        output_tokens: usage.outputTokens,
        cache_read_tokens: cacheReadTokens,
        cache_write_tokens: cacheWriteTokens,
      };
      const said = library.calcPrice(tokens, id, {
        ...(list && { provider: list }),
        timestamp: new Date(now),
      });
      const isPriced = said !== null && hasTokenPrices(said.model_price);
      expect([name, id, booked.costMicroUsd]).toEqual([
        name,
        id,
        isPriced ? toMicroUsd(said.total_price) : null,
      ]);
    }
  }
});
