import * as fc from "fast-check";
import { expect, test } from "vitest";
import { toRetryDelay } from "../../../src/providers/retry-delay.ts";

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test("the ceiling doubles from a second to a minute, and the delay is anywhere below it", () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 8, 60].map((attempt) =>
    Math.round(toRetryDelay({ attempt, retryAfterMs: null, random: () => 0.999999 }) / 1_000),
  );
  expect(delays).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  expect(toRetryDelay({ attempt: 9, retryAfterMs: null, random: () => 0 })).toBe(0);
});

test("without a Retry-After it is never above a minute, for any attempt", () => {
  fc.assert(
    fc.property(fc.integer(), chance, (attempt, random) => {
      const delay = toRetryDelay({ attempt, retryAfterMs: null, random: () => random });
      return Number.isInteger(delay) && delay >= 0 && delay <= 60_000;
    }),
  );
});

test("it is never before the Retry-After, and not much after it", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 99 }),
      fc.nat(604_800_000),
      chance,
      (attempt, retryAfterMs, random) => {
        const delay = toRetryDelay({ attempt, retryAfterMs, random: () => random });
        return delay >= retryAfterMs && delay <= retryAfterMs + 60_000;
      },
    ),
  );
});
