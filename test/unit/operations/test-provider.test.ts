import { afterEach, beforeEach, expect, test } from "vitest";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";

let daemon: InProcessDaemon;
beforeEach(async () => {
  daemon = await startInProcessDaemon(() => ({ text: "OK", usage: { inputTokens: 10, outputTokens: 2 } }));
});
afterEach(() => daemon.close());

const wish = { provider: "anthropic" };

test("a session tests no provider: it would pay past its budget", async () => {
  const caller = { kind: "session" as const, sessionId: "any" };
  const asked = daemon.handlers.testProvider(wish, { ...admin, caller });
  await expect(asked).rejects.toMatchObject({ code: "policy-denied" });
  expect(daemon.model.requests).toEqual([]);
});

test("of many at once no more go out than the day's limit has room for, and what is spent stays below it", async () => {
  // One costs at most (500 × 3.75 + 16 × 15) = 2,115 micro-USD and in the end 60.
  await daemon.handlers.putCostLimits({ day: { usd: "0.005" } }, admin);
  const all = await Promise.allSettled(
    Array.from({ length: 10 }, () => daemon.handlers.testProvider(wish, admin)),
  );
  const refused = all.filter(({ status }) => status === "rejected");
  expect(refused.length).toBeGreaterThan(0);
  expect(daemon.model.requests.length + refused.length).toBe(10);
  expect(daemon.model.maxConcurrent).toBeLessThanOrEqual(2);
  const { cost_usd: cost } = await daemon.handlers.getCost({ group_by: "model", limit: 10 }, admin);
  expect(Number(cost)).toBeLessThan(0.005);
});

test("what a test has cost still counts for the day after a restart", async () => {
  await daemon.handlers.testProvider(wish, admin);
  await daemon.crash();
  await daemon.handlers.putCostLimits({ day: { usd: "0.00214" } }, admin);
  await expect(daemon.handlers.testProvider(wish, admin)).rejects.toMatchObject({ code: "budget-exceeded" });
});

test("a caller that goes away ends the call, which may have been billed", async () => {
  daemon.model.setScript(() => ({ hang: true }));
  const gone = new AbortController();
  const asked = daemon.handlers.testProvider(wish, { ...admin, signal: gone.signal });
  await expect.poll(() => daemon.model.inFlight).toBe(1);
  gone.abort();
  expect(await asked).toMatchObject({ ok: false, cost_usd: null, error: { code: "aborted" } });
  await expect.poll(() => daemon.model.inFlight).toBe(0);
  const { possibly_billed_calls: calls } = await daemon.handlers.getCost(
    { group_by: "model", limit: 10 },
    admin,
  );
  expect(calls).toBe(1);
});
