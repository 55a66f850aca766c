import { expect, test } from "vitest";
import { AdaptiveLimit, type Round } from "../../../src/providers/governor/adaptive-limit.ts";
import { createRandom } from "./simulated-crowd.ts";

function send(limit: AdaptiveLimit, count: number): Round[] {
  return Array.from({ length: count }, (_, index) => limit.send(index + 1));
}

function answerAll(limit: AdaptiveLimit, rounds: readonly Round[]): void {
  for (const round of rounds) limit.answered(round, true);
}

/** Sends as many as the limit allows, and each is refused with that chance. */
function playRound(limit: AdaptiveLimit, isRefused: (index: number) => boolean): void {
  for (const [index, round] of send(limit, limit.value).entries()) {
    if (isRefused(index)) limit.refused(round, false);
    else limit.answered(round, true);
  }
}

test("it starts at the pool's limit and follows it while it was never cut", () => {
  let pool = 10;
  const limit = new AdaptiveLimit(() => pool);
  expect(limit.value).toBe(10);
  pool = 50;
  expect(limit.value).toBe(50);
  pool = 3;
  expect(limit.value).toBe(3);
});

test("a burst of refusals halves it once", () => {
  const limit = new AdaptiveLimit(() => 50);
  for (const round of send(limit, 50)) limit.refused(round, false);
  expect(limit.value).toBe(25);
});

test("where a cut helped it comes back quickly to four fifths, then by one for each limit's worth of answers", () => {
  const limit = new AdaptiveLimit(() => 50);
  for (const round of send(limit, 50)) limit.refused(round, false);
  const trial = send(limit, 25);
  answerAll(limit, trial.slice(0, 13));
  expect([limit.value, limit.expected]).toEqual([25, 40]);
  answerAll(limit, trial.slice(13));
  answerAll(limit, send(limit, 3));
  expect(limit.value).toBe(40);
  answerAll(limit, send(limit, 41));
  expect(limit.value).toBe(41);
  answerAll(limit, send(limit, 42));
  expect(limit.value).toBe(42);
});

test("it does not rise while it is not used", () => {
  const limit = new AdaptiveLimit(() => 50);
  for (const round of send(limit, 50)) limit.refused(round, false);
  for (const round of send(limit, 200)) limit.answered(round, false);
  expect(limit.value).toBe(25);
});

test("a second cut comes when the first has been judged, and it never falls below one", () => {
  const limit = new AdaptiveLimit(() => 8);
  const seen = [limit.value];
  for (let count = 0; count < 60; count += 1) {
    playRound(limit, () => true);
    if (limit.value !== seen.at(-1)) seen.push(limit.value);
  }
  expect(seen).toEqual([8, 4, 2, 1]);
});

test("after a collapse it comes back quickly to where the last cut left it, then slowly", () => {
  const limit = new AdaptiveLimit(() => 40);
  for (const round of send(limit, 40)) limit.refused(round, false);
  limit.collapse();
  limit.collapse();
  expect([limit.value, limit.expected]).toEqual([1, 20]);
  const seen = [];
  for (let count = 0; count < 8; count += 1) {
    playRound(limit, () => false);
    seen.push(limit.value);
  }
  expect(seen).toEqual([2, 4, 8, 16, 20, 21, 22, 23]);
});

test("what it was allowed and never used is not what was refused", () => {
  const limit = new AdaptiveLimit(() => 10_000);
  for (const round of send(limit, 40)) limit.refused(round, false);
  expect(limit.value).toBe(20);
});

test("refusals that halving does not change are not of our making: the cut is taken back", () => {
  const random = createRandom(4);
  const limit = new AdaptiveLimit(() => 50);
  for (let count = 0; count < 6; count += 1) playRound(limit, () => random() < 0.3);
  expect(limit.value).toBe(50);
  expect(limit.background).toBeGreaterThan(0.15);
  expect(limit.background).toBeLessThan(0.45);
});

test("refusals above a capacity are of our making: the limit stays about there", () => {
  const limit = new AdaptiveLimit(() => 50);
  const seen: number[] = [];
  for (let count = 0; count < 200; count += 1) {
    playRound(limit, (index) => index >= 20);
    seen.push(limit.value);
  }
  expect(limit.background).toBe(0);
  expect(Math.max(...seen.slice(10))).toBeLessThanOrEqual(25);
  expect(Math.min(...seen.slice(10))).toBeGreaterThanOrEqual(10);
});

test("a known share of refusals that grows, or is trusted too long, is asked about again", () => {
  const random = createRandom(4);
  const limit = new AdaptiveLimit(() => 50);
  for (let count = 0; count < 6; count += 1) playRound(limit, () => random() < 0.3);
  expect(limit.value).toBe(50);
  playRound(limit, (index) => index >= 10);
  playRound(limit, (index) => index >= 10);
  expect(limit.value).toBeLessThan(50);
});
