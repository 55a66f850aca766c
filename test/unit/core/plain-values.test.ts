import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createFixedClock, systemClock } from "../../../src/core/clock.ts";
import { createDeferred } from "../../../src/core/deferred.ts";
import { parseDuration, toDurationText } from "../../../src/core/duration.ts";
import { errorCatalog, isErrorCode, ProfclawError } from "../../../src/core/errors.ts";
import { isFullId, isIdPrefix, randomId, toShortId } from "../../../src/core/id.ts";
import { toMicroUsd, toUsdString } from "../../../src/core/money.ts";
import { findNearest } from "../../../src/core/nearest.ts";
import { addUsage, noUsage, toTokenCount } from "../../../src/core/usage.ts";

test("durations are read as people write them, and nothing else is", () => {
  expect(["500ms", "90s", "5m", "1h30m", "1.5h", "250"].map(parseDuration)).toEqual([
    500, 90_000, 300_000, 5_400_000, 5_400_000, 250,
  ]);
  expect(["", "5", "5 m", "m5", "-5m", "5x", "1e3"].map(parseDuration)).toEqual([
    undefined,
    5,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("durations are shown short", () => {
  expect([950, 4_200, 192_000, 7_500_000].map(toDurationText)).toEqual(["950ms", "4.2s", "3m12s", "2h05m"]);
});

test("money is shown in dollars with no digit lost", () => {
  expect([0, 1, 10_000, 1_234_500, -2_500_000].map(toUsdString)).toEqual([
    "0.00",
    "0.000001",
    "0.01",
    "1.2345",
    "-2.50",
  ]);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e12 }), (microUsd) => {
      expect(Math.round(Number(toUsdString(microUsd)) * 1e6)).toBe(microUsd);
    }),
  );
});

test("a cost is rounded up to the micro-dollar, and binary dust is not a micro-dollar", () => {
  expect(toMicroUsd(0.000_000_2)).toBe(1);
  expect(toMicroUsd(0.1 + 0.2)).toBe(300_000);
});

test("token counts from a wire become sane integers", () => {
  const odd = [5, 2.6, 0, -3, Number.NaN, Number.POSITIVE_INFINITY, 1e30, "7", undefined, null];
  expect(odd.map(toTokenCount)).toEqual([5, 3, 0, 0, 0, 0, 1e12, 0, 0, 0]);
});

test("usages add up by kind", () => {
  const one = { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWriteTokens: 4 };
  expect(addUsage(one, addUsage(one, noUsage))).toEqual({
    inputTokens: 2,
    outputTokens: 4,
    cacheReadTokens: 6,
    cacheWriteTokens: 8,
  });
});

test("ids are v4, known whole or by a prefix", () => {
  const id = randomId();
  expect(id[14]).toBe("4");
  expect(isFullId(id)).toBe(true);
  expect([id, toShortId(id), "a"].map(isIdPrefix)).toEqual([true, true, true]);
  expect(["", "%", "xyz", `${id}0`, "-a"].map(isIdPrefix)).toEqual([false, false, false, false, false]);
  expect(isFullId(id.slice(1))).toBe(false);
});

test("a typo finds its neighbours, nonsense finds none", () => {
  const known = ["anthropic", "openai", "groq"];
  expect(findNearest("antropic", known)).toEqual(["anthropic"]);
  expect(findNearest("OpenAI", known)).toEqual(["openai"]);
  expect(findNearest("gr", known)).toEqual(["groq"]);
  expect(findNearest("zzzzzzzz", known)).toEqual([]);
});

test("an error knows its status, and one can be given another", () => {
  const usual = new ProfclawError("not-found", "No session is x.", { pointer: "id", hint: "Look." });
  expect(usual).toMatchObject({ status: 404, pointer: "id", hint: "Look.", name: "ProfclawError" });
  expect(new ProfclawError("invalid-request", "Not JSON.", { status: 400 }).status).toBe(400);
  expect(isErrorCode("not-found")).toBe(true);
  expect(isErrorCode("toString")).toBe(false);
  for (const { exitCode, status } of Object.values(errorCatalog)) {
    expect(exitCode).toBeGreaterThan(0);
    expect(status).toBeGreaterThanOrEqual(400);
  }
});

test("a fixed clock fires what falls due, in order, and not what was called off", () => {
  const clock = createFixedClock(1_000);
  const fired: string[] = [];
  clock.after(50, () => fired.push(`late at ${clock.now()}`));
  clock.after(20, () => fired.push("early"));
  clock.after(20, () => fired.push("never"))();
  clock.advance(19);
  expect(fired).toEqual([]);
  clock.advance(31);
  expect(fired).toEqual(["early", "late at 1050"]);
});

test("the system's clock calls back, unless called off", async () => {
  const answered = createDeferred<string>();
  systemClock.after(1, () => answered.resolve("called off"))();
  systemClock.after(5, () => answered.resolve("in time"));
  expect(await answered.promise).toBe("in time");
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000);
});
