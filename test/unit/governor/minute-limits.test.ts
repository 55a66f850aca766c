import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseRateLimits } from "../../../src/config/rate-limits.ts";
import { createRateGovernor } from "../../../src/providers/governor/rate-governor.ts";
import { createStand } from "./governor-fixture.ts";
import { answer, failure, runCrowd } from "./simulated-crowd.ts";

test("of a limit a minute never more calls go in any sixty seconds, and most of it is used", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 120 }), fc.integer(), async (requests, seed) => {
      const { sentAt } = await runCrowd({
        sessions: 200,
        turns: 1_000,
        slots: 50,
        seed,
        untilMs: 300_000,
        provider: () => ({ tookMs: 200, report: answer }),
        toGate: (clock, random) =>
          createRateGovernor({
            clock,
            random,
            keyOf: () => "key",
            startLimit: () => 50,
            limits: new Map([["acme", { requests }]]),
          }),
      });
      const most = Math.max(
        ...sentAt.map((at) => sentAt.filter((other) => other >= at && other < at + 60_000).length),
      );
      expect(most).toBeLessThanOrEqual(requests);
      if (requests >= 30) expect(sentAt.length).toBeGreaterThan(requests * 5 * 0.75);
    }),
    { numRuns: 12 },
  );
});

test("the limit is the provider's: its models share it, another provider has none", async () => {
  const stand = createStand({ limits: new Map([["acme", { requests: 10 }]]) });
  await stand.go("a", { model: "one" });
  const { inMs, detail } = await stand.park("b", { model: "two" });
  expect(inMs).toBeGreaterThan(1_000);
  expect(detail).toBe("in line: 10 requests a minute of acme, about 0 before it");
  await stand.go("c", { provider: "another" });
  await stand.go("d", { provider: "another" });
});

test("tokens are set aside for the worst case and put right by what the call took", async () => {
  const stand = createStand({ limits: new Map([["acme", { tokens: 100_000 }]]) });
  const first = await stand.go("a", { inputTokensAtMost: () => 9_000 });
  expect((await stand.park("b", { inputTokensAtMost: () => 5_000 })).inMs).toBeGreaterThan(1_000);
  const usage = { inputTokens: 2_000, outputTokens: 100, cacheReadTokens: 0, cacheWriteTokens: 0 };
  first.leave({ kind: "answered", usage, costMicroUsd: null });
  stand.clock.advance(2_000);
  await stand.go("b", { inputTokensAtMost: () => 5_000 });
});

test("a call larger than the limit goes when the bucket is full, and its debt is paid before the next", async () => {
  const stand = createStand({ limits: new Map([["acme", { tokens: 1_000 }]]) });
  const large = await stand.go("a", { inputTokensAtMost: () => 50_000 });
  const { inMs } = await stand.park("b", { inputTokensAtMost: () => 10 });
  expect(inMs).toBeGreaterThan(30_000);
  large.leave(failure("auth", 401));
  stand.clock.advance(inMs);
  await stand.go("b", { inputTokensAtMost: () => 10 });
});

test.each([0, -5, Number.NaN, Number.POSITIVE_INFINITY, 1e12])(
  "a provider that reports %s tokens cannot stop the lane for more than about a minute",
  async (inputTokens) => {
    const stand = createStand({ limits: new Map([["acme", { tokens: 100_000 }]]) });
    const usage = { inputTokens, outputTokens: inputTokens, cacheReadTokens: 0, cacheWriteTokens: 0 };
    await stand.call("a", { kind: "answered", usage, costMicroUsd: null });
    stand.clock.advance(75_000);
    await stand.go("b");
  },
);

test("the environment's limits are read by provider", () => {
  const env = {
    PROFCLAW_GROQ_RPM: "30",
    PROFCLAW_MY_LLM_TPM: "100000",
    PROFCLAW_MY_LLM_RPM: "1",
    PROFCLAW_X_RPM: "",
  };
  expect(Object.fromEntries(parseRateLimits(env))).toEqual({
    groq: { requests: 30 },
    "my-llm": { tokens: 100_000, requests: 1 },
  });
});

test.each(["0", "-1", "1.5", "abc", "1e3", " 5", "9999999999", "NaN"])(
  "PROFCLAW_GROQ_RPM=%s is refused",
  (value) => {
    expect(() => parseRateLimits({ PROFCLAW_GROQ_RPM: value })).toThrow(
      `PROFCLAW_GROQ_RPM is "${value}"; it must be a whole number, 1 to 1000000000.`,
    );
    expect(() => parseRateLimits({ PROFCLAW_GROQ_TPM: value })).toThrow("PROFCLAW_GROQ_TPM");
  },
);
