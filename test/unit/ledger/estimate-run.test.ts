import { expect, test } from "vitest";
import { estimateRun } from "../../../src/ledger/estimate-run.ts";
import { priceAtMost } from "../../../src/providers/price-at-most.ts";

const sonnet = { provider: "anthropic", model: "claude-sonnet-4-6", task: "Look for bugs", maxTurns: 50 };
const homeMade = { ...sonnet, provider: "my-llm", model: "home-made" };

/** A store that remembers these costs of one model. */
function parts(model: string, past: number[]): Parameters<typeof estimateRun>[0] {
  const listPastCosts = (query: { model: string; limit: number }): Promise<number[]> =>
    Promise.resolve(query.model === model ? past.slice(0, query.limit) : []);
  return { store: { listPastCosts }, priceAtMost };
}

test("like sessions of the past say what the next will cost, and that it is from them", async () => {
  const past = parts("claude-sonnet-4-6", [100_000, 300_000]);
  expect(await estimateRun(past, [sonnet, sonnet, sonnet])).toEqual({
    microUsd: 600_000,
    basis: "history of 2 sessions",
  });
});

test("without a past it is a rule of thumb: cents for a usual session, less for few turns, more for a long task", async () => {
  const none = parts("", []);
  const usual = await estimateRun(none, [sonnet]);
  expect(usual.basis).toBe("rule of thumb");
  expect(usual.microUsd).toBeGreaterThan(50_000);
  expect(usual.microUsd).toBeLessThan(250_000);
  const short = await estimateRun(none, [{ ...sonnet, maxTurns: 1 }]);
  expect(short.microUsd).toBeLessThan((usual.microUsd ?? 0) / 4);
  const long = await estimateRun(none, [{ ...sonnet, task: "x".repeat(400_000) }]);
  expect(long.microUsd).toBeGreaterThan((usual.microUsd ?? 0) * 5);
});

test("a model without a price makes the sum unknown, and several models name both bases", async () => {
  const mixed = parts("claude-sonnet-4-6", [100_000]);
  expect(await estimateRun(mixed, [sonnet, homeMade])).toEqual({
    microUsd: null,
    basis: "history of 1 session, else rule of thumb",
  });
  expect(await estimateRun(mixed, [homeMade])).toEqual({ microUsd: null, basis: "rule of thumb" });
});
