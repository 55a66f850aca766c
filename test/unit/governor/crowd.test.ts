import { expect, test } from "vitest";
import { type RateGovernor, createRateGovernor } from "../../../src/providers/governor/rate-governor.ts";
import {
  type CrowdOptions,
  type CrowdResult,
  type SimulatedProvider,
  answer,
  failure,
  runCrowd,
} from "./simulated-crowd.ts";

const seeds = [1, 2, 3, 4, 5];

function toGate(limit: number): CrowdOptions["toGate"] {
  return (clock, random) =>
    createRateGovernor({ clock, random, keyOf: () => "key", startLimit: () => limit });
}

/** Answers after half to one and a half times `tookMs`. */
function toAnswer(tookMs: number, random: () => number): ReturnType<SimulatedProvider> {
  return { tookMs: tookMs * (0.5 + random()), report: answer };
}

function createWall(wallMs: number, report = failure("overloaded", 529)): SimulatedProvider {
  return ({ nowMs, random }) => (nowMs < wallMs ? { tookMs: 30, report } : toAnswer(1_000, random));
}

test.each(seeds)(
  "a 529 wall of 15 minutes loses none of 1,000 sessions and sees about 120 requests (seed %i)",
  async (seed) => {
    const wallMs = 15 * 60_000;
    let limitAfter = 0;
    const result = await runCrowd({
      sessions: 1_000,
      turns: 3,
      slots: 50,
      seed,
      provider: createWall(wallMs),
      toGate: toGate(50),
      onTick({ nowMs }, gate) {
        if (nowMs > wallMs)
          limitAfter = Math.max(limitAfter, (gate as RateGovernor).standings()[0]?.limit ?? 0);
      },
    });
    const during = result.sentAt.filter((at) => at < wallMs).length;
    console.log(
      `15-minute wall, seed ${seed}: ${during} requests in it, all done ${((result.nowMs - wallMs) / 1_000).toFixed(0)} s after it`,
    );
    expect(result.completed).toBe(1_000);
    expect(during).toBeLessThan(150);
    // Work in hand: 3,000 calls of a second, 50 at once, are a minute.
    expect(result.nowMs - wallMs).toBeLessThan(4 * 60_000);
    expect(limitAfter).toBe(50);
  },
);

test.each([10, 50])(
  "40 sessions pass a wall of 4 s with Retry-After 1.5 s in under 30 s (pool of %i)",
  async (slots) => {
    for (const seed of seeds) {
      const provider = createWall(4_000, failure("rate-limited", 429, 1_500));
      const result = await runCrowd({ sessions: 40, turns: 1, slots, seed, provider, toGate: toGate(slots) });
      expect(result.completed).toBe(40);
      expect(result.nowMs).toBeLessThan(25_000);
    }
  },
);

test("1,000 sessions on a lane of five: never more, all served, in order, and the lane is busy", async () => {
  const result = await runCrowd({
    sessions: 1_000,
    turns: 2,
    slots: 50,
    provider: ({ random }) => toAnswer(2_000, random),
    toGate: toGate(5),
  });
  const idealMs = (1_000 * 2 * 2_000) / 5;
  console.log(
    `lane of 5: ${(result.nowMs / 1_000).toFixed(0)} s (ideal ${idealMs / 1_000} s), longest wait ` +
      `${(result.longestWaitMs / 1_000).toFixed(0)} s, ${(result.parks / result.answered).toFixed(1)} parks a call`,
  );
  expect(result.completed).toBe(1_000);
  expect(result.mostInFlight).toBe(5);
  expect(result.nowMs).toBeLessThan(1.2 * idealMs);
  // A fair line lets everybody wait for one round of all others.
  expect(result.longestWaitMs).toBeLessThan(1.25 * (idealMs / 2));
  expect(result.mostParksInRow).toBeLessThan(40);
});

test("a newcomer cannot keep an old one waiting: with one place and a stream of newcomers everybody is served", async () => {
  const result = await runCrowd({
    sessions: 60,
    turns: 20,
    slots: 60,
    provider: ({ random }) => toAnswer(100, random),
    toGate: toGate(1),
  });
  expect(result.completed).toBe(60);
  expect(result.longestWaitMs).toBeLessThan(2.5 * 60 * 100);
});

interface Rivals {
  governed: CrowdResult[];
  fixed: CrowdResult[];
}

async function compare(
  options: Pick<CrowdOptions, "slots" | "untilMs">,
  create: () => SimulatedProvider,
): Promise<Rivals> {
  const crowd = { sessions: 400, turns: 1_000_000, ...options };
  const rivals: Rivals = { governed: [], fixed: [] };
  for (const seed of seeds) {
    const gate = toGate(options.slots);
    rivals.governed.push(await runCrowd({ ...crowd, seed, provider: create(), toGate: gate }));
    rivals.fixed.push(await runCrowd({ ...crowd, seed, provider: create(), toGate: null }));
  }
  return rivals;
}

function sum(results: readonly CrowdResult[], field: "answered" | "requests"): number {
  return results.reduce((total, result) => total + result[field], 0);
}

function tell(name: string, { governed, fixed }: Rivals): number {
  const gain = sum(governed, "answered") / sum(fixed, "answered");
  const perAnswer = [governed, fixed].map((side) =>
    (sum(side, "requests") / sum(side, "answered")).toFixed(2),
  );
  console.log(
    `${name}: goodput ${gain.toFixed(2)} × fixed concurrency; requests an answer ${perAnswer.join(" against ")}`,
  );
  return gain;
}

function createRandomRefusals(tookMs: number, retryAfterMs: number | null): () => SimulatedProvider {
  const refusal = { tookMs: 30, report: failure("rate-limited", 429, retryAfterMs) };
  return () => (call) => (call.random() < 0.3 ? refusal : toAnswer(tookMs, call.random));
}

test.each([
  [200, null],
  [1_000, null],
  [2_000, null],
  [5_000, null],
  [1_000, 1_000],
  [2_000, 1_000],
])(
  "three of ten calls refused at random, calls of %s ms, Retry-After %s: goodput above fixed concurrency of 50",
  async (tookMs, retryAfterMs) => {
    const rivals = await compare(
      { slots: 50, untilMs: tookMs < 1_000 ? 60_000 : 300_000 },
      createRandomRefusals(tookMs, retryAfterMs),
    );
    expect(tell(`30 % random 429, ${tookMs} ms, Retry-After ${retryAfterMs}`, rivals)).toBeGreaterThan(1);
  },
);

test("one of ten calls refused at random costs little: the limit is not held down for it", async () => {
  const refusal = { tookMs: 30, report: failure("rate-limited", 429) };
  const rivals = await compare(
    { slots: 50, untilMs: 300_000 },
    () => (call) => (call.random() < 0.1 ? refusal : toAnswer(2_000, call.random)),
  );
  expect(tell("10 % random 429, 2000 ms", rivals)).toBeGreaterThan(0.85);
});

/** A provider with so many requests a minute, on which refused ones count too, as OpenAI's do. */
function createMinuteLimit(perMinute: number): SimulatedProvider {
  const burst = perMinute / 6;
  let left = burst;
  let at = 0;
  return ({ nowMs, random }) => {
    left = Math.min(burst, left + ((nowMs - at) * perMinute) / 60_000);
    at = nowMs;
    const isOpen = left >= 1;
    left = Math.max(-burst, left - 1);
    return isOpen ? toAnswer(2_000, random) : { tookMs: 30, report: failure("rate-limited", 429) };
  };
}

test("a limit a minute that refused calls count on: goodput well above fixed concurrency", async () => {
  const rivals = await compare({ slots: 50, untilMs: 300_000 }, () => createMinuteLimit(900));
  expect(tell("900 requests a minute", rivals)).toBeGreaterThan(1.3);
  expect(sum(rivals.governed, "requests") / sum(rivals.governed, "answered")).toBeLessThan(1.05);
});

test("a provider that takes 35 at once refuses few calls, at four fifths of what it can", async () => {
  const refusal = { tookMs: 30, report: failure("rate-limited", 429) };
  const create = (): SimulatedProvider => (call) =>
    call.inFlight > 35 ? refusal : toAnswer(2_000, call.random);
  const rivals = await compare({ slots: 50, untilMs: 300_000 }, create);
  tell("35 at once", rivals);
  expect(sum(rivals.governed, "answered")).toBeGreaterThan(0.77 * ((seeds.length * 300 * 35) / 2));
  expect(sum(rivals.governed, "requests") / sum(rivals.governed, "answered")).toBeLessThan(1.03);
});
