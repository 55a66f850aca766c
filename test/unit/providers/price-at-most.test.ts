import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createFixedClock } from "../../../src/core/clock.ts";
import { priceAtMost } from "../../../src/providers/price-at-most.ts";
import { priceCall } from "../../../src/providers/price-call.ts";
import { loadPriceList } from "../../../src/providers/price-list.ts";

const clock = createFixedClock(Date.UTC(2026, 10, 21, 12));
const providers = ["anthropic", "openai", "groq", "deepseek", "mistral", "google"];

test("no call of any model in the list is ever booked above its price at most", async () => {
  const prices = await loadPriceList();
  const models = providers.flatMap((provider) =>
    (prices.find(provider)?.models ?? [])
      .filter(({ id }) => prices.hasModel(provider, id))
      .map(({ id }) => ({ provider, model: id })),
  );
  expect(models.length).toBeGreaterThan(80);
  const call = fc.record({
    which: fc.nat(models.length - 1),
    sizes: fc.tuple(fc.nat(1_000_000), fc.nat(200_000)),
    shares: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
    laterMs: fc.nat(3_600_000),
  });
  await fc.assert(
    fc.asyncProperty(call, async ({ which, sizes, shares, laterMs }) => {
      const [inputTokens, outputTokens] = sizes;
      const cacheReadTokens = Math.floor(inputTokens * shares[0]);
      const cacheWriteTokens = Math.floor((inputTokens - cacheReadTokens) * shares[1]);
      const usage = { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens };
      const model = models[which] ?? { provider: "", model: "" };
      const at = createFixedClock(clock.now() + laterMs);
      const booked = await priceCall({ ...model, usage, clock: at });
      const most = await priceAtMost({ ...model, inputTokens, outputTokens, clock });
      expect(booked.costMicroUsd ?? 0).toBeLessThanOrEqual(most ?? -1);
    }),
    { numRuns: 400 },
  );
});

test("what has no price has none at most", async () => {
  const sizes = { inputTokens: 1, outputTokens: 1, clock };
  expect(await priceAtMost({ provider: "my-llm", model: "x", ...sizes })).toBeNull();
  expect(await priceAtMost({ provider: "openai", model: "no-such-model", ...sizes })).toBeNull();
});

test("an alias is priced as the model that it stands for", async () => {
  const sizes = { provider: "groq", inputTokens: 1_000, outputTokens: 1_000, clock };
  expect(await priceAtMost({ ...sizes, model: "llama-3.3-70b" })).toBe(1_380);
});
