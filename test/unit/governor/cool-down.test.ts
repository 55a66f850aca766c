import { expect, test } from "vitest";
import { readWaitFault } from "../../../src/providers/governor/wait-text.ts";
import { createStand, goAll } from "./governor-fixture.ts";
import { answer, failure } from "./simulated-crowd.ts";

const refused = failure("rate-limited", 429, 2_000);
const overloaded = failure("overloaded", 529);
const down = failure("network", null);

test("a Retry-After that one session is given holds all of the lane, and no other lane", async () => {
  const stand = createStand({ keyOf: (provider) => (provider === "acme" ? "key" : "other") });
  await stand.call("a", refused);
  const { inMs, detail } = await stand.park("b");
  expect(inMs).toBeGreaterThanOrEqual(2_000);
  expect(inMs).toBeLessThan(2_200);
  expect(detail).toBe("rate-limited (HTTP 429): acme is given a rest, by all sessions");
  expect((await stand.park("a")).inMs).toBeGreaterThanOrEqual(2_000);
  await stand.go("c", { model: "another" });
  await stand.go("d", { provider: "another" });
  stand.clock.advance(1_999);
  await stand.park("b");
  stand.clock.advance(1);
  await stand.go("b");
});

test("another key is another lane", async () => {
  let key = "one";
  const stand = createStand({ keyOf: () => key });
  await stand.call("a", refused);
  await stand.park("b");
  key = "two";
  await stand.go("b");
});

test("those that wait come back spread, and never before the provider's time", async () => {
  let turn = 0;
  const stand = createStand({ random: () => (turn += 0.037) % 1 });
  await stand.call("a", failure("rate-limited", 429, 20_000));
  const waits = await Promise.all(Array.from({ length: 100 }, (_, index) => stand.park(`s${index}`)));
  const times = waits.map(({ inMs }) => inMs);
  expect(Math.min(...times)).toBeGreaterThanOrEqual(20_000);
  expect(Math.max(...times)).toBeLessThan(32_000);
  expect(new Set(times).size).toBeGreaterThan(90);
});

test("without a Retry-After the back-off doubles per burst of the lane, not per session", async () => {
  const stand = createStand({ random: () => 0.999 });
  const untilOver = async (): Promise<number> => {
    const [lane] = stand.governor.standings();
    const leftMs = (lane?.coolUntilMs ?? 0) - stand.clock.now();
    stand.clock.advance(leftMs);
    return Math.round(leftMs / 1_000);
  };
  const passes = await goAll(stand, 10);
  for (const pass of passes) pass.leave(overloaded);
  const steps = [await untilOver()];
  for (let probe = 0; probe < 6; probe += 1) {
    await stand.call(`probe${probe}`, overloaded);
    steps.push(await untilOver());
  }
  expect(steps).toEqual([1, 2, 4, 8, 16, 30, 30]);
});

test("a quota's reset time holds the lane until then, and an answer of before changes nothing", async () => {
  const stand = createStand();
  const [first, second] = await goAll(stand, 2);
  first?.leave(failure("quota", 429, 3_600_000));
  second?.leave(answer);
  const { inMs, detail } = await stand.park("x");
  expect(inMs).toBeGreaterThanOrEqual(3_600_000);
  expect(inMs).toBeLessThan(3_600_200);
  expect(readWaitFault({ on: "cool-down", untilMs: 0, detail })?.code).toBe("quota");
});

test("a quota without a time, a wrong key or our own abort hold nobody", async () => {
  const stand = createStand();
  for (const code of ["quota", "auth", "bad-request", "aborted", "internal", "not-called"]) {
    await stand.call(code, failure(code, null));
  }
  await stand.go("next");
  expect(stand.governor.standings()[0]).toMatchObject({ limit: 10, coolUntilMs: null, isOpen: false });
});

test("the breaker opens after five failures in a row; then one call at a time tries, until one is answered", async () => {
  const stand = createStand();
  for (let count = 0; count < 4; count += 1) await stand.call(`s${count}`, down);
  await stand.go("calm").then((pass) => pass.leave(down));
  expect(stand.governor.standings()[0]).toMatchObject({ isOpen: true });
  const parked = await stand.park("x");
  expect(parked.detail).toBe("network: acme is given a rest, by all sessions");
  stand.clock.advance(parked.inMs);
  const probe = await stand.go("x");
  const { detail } = await stand.park("y");
  expect(detail).toBe("network: one call tries whether acme is back");
  probe.leave(down);
  await stand.park("y");
  stand.clock.advance(1_000);
  await stand.call("y", answer);
  expect(stand.governor.standings()[0]).toMatchObject({ isOpen: false, coolUntilMs: null });
  await goAll(stand, 1, "after");
});

test("five failures beside many calls that may yet be answered do not open it, and an answer in between neither", async () => {
  const stand = createStand({ startLimit: () => 50 });
  const passes = await goAll(stand, 50);
  for (const pass of passes.slice(0, 20)) pass.leave(down);
  expect(stand.governor.standings()[0]?.isOpen).toBe(false);
  passes[20]?.leave(answer);
  for (const pass of passes.slice(21, 34)) pass.leave(down);
  expect(stand.governor.standings()[0]?.isOpen).toBe(false);
  for (const pass of passes.slice(34)) pass.leave(down);
  expect(stand.governor.standings()[0]?.isOpen).toBe(true);
});

test("a probe that is a long answer does not hold the others for ever", async () => {
  const stand = createStand();
  for (let count = 0; count < 5; count += 1) await stand.call(`s${count}`, down);
  stand.clock.advance(1_000);
  await stand.go("long");
  await stand.park("x");
  stand.clock.advance(60_000);
  await stand.go("x");
});

test("a session whose call failed has a delay of its own, and the others go on", async () => {
  const stand = createStand({ random: () => 0.5 });
  await stand.call("a", failure("server-error", 500));
  expect(await stand.park("a")).toEqual({
    inMs: 500,
    detail: "server-error (HTTP 500): acme is asked again then",
  });
  await stand.go("b");
  stand.clock.advance(500);
  await stand.call("a", failure("malformed", null));
  expect((await stand.park("a")).inMs).toBe(1_000);
});

test("retries that fail again are a fifth of the calls at most, and a quiet lane can always retry", async () => {
  const stand = createStand({ startLimit: () => 50 });
  let retries = 0;
  let calls = 0;
  for (let second = 0; second < 300; second += 1) {
    // Ten sessions whose calls are always answered, thirty whose calls never are.
    for (let good = 0; good < 10; good += 1) {
      await stand.call(`good${good}`, answer);
      calls += 1;
    }
    for (let bad = 0; bad < 30; bad += 1) {
      const admission = await stand.enter(`bad${bad}`);
      if (admission.kind !== "pass") continue;
      admission.pass.leave(failure("cut-off", null));
      calls += 1;
      retries += second === 0 ? 0 : 1;
    }
    stand.clock.advance(1_000);
  }
  // The floor: one a second, and fifty to begin with.
  expect(retries).toBeLessThanOrEqual(0.2 * calls + 300 + 50);
  expect(retries).toBeGreaterThan(300);
  await stand.enter("bad0");
  expect((await stand.park("bad1")).detail).toContain("too many retries of acme just now");
  stand.clock.advance(60_000);
  await stand.go("bad1");
});

test("a place that nobody gives back is free again once its session's clock has run out", async () => {
  const stand = createStand({ startLimit: () => 1 });
  await stand.go("lost");
  await stand.park("x");
  stand.clock.advance(300_000 + 60_000);
  await stand.go("x");
});

test("a pass left twice counts once", async () => {
  const stand = createStand();
  const pass = await stand.go("a");
  pass.leave(answer);
  pass.leave(refused);
  expect(stand.governor.standings()[0]).toMatchObject({ inFlight: 0, coolUntilMs: null });
});

test("an idle lane is forgotten, one that cools down is not", async () => {
  const stand = createStand();
  await stand.call("a", answer);
  await stand.go("b", { model: "hot" }).then((pass) => pass.leave(failure("rate-limited", 429, 3_600_000)));
  expect(stand.governor.standings()).toHaveLength(2);
  stand.clock.advance(11 * 60_000);
  await stand.call("c", answer);
  stand.clock.advance(11 * 60_000);
  await stand.go("d", { model: "third" });
  expect(stand.governor.standings().map(({ model }) => model)).toEqual(["hot", "third"]);
});

test("a refusal among answers holds the session that got it and halves the limit; five in a row hold the lane", async () => {
  const stand = createStand({ startLimit: () => 40 });
  const passes = await goAll(stand, 30);
  passes[0]?.leave(answer);
  passes[1]?.leave(overloaded);
  expect(stand.governor.standings()).toMatchObject([{ coolUntilMs: null, limit: 15 }]);
  await stand.park("s1");
  for (const pass of passes.slice(2, 5)) pass.leave(overloaded);
  expect(stand.governor.standings()).toMatchObject([{ coolUntilMs: null, limit: 15 }]);
  passes[5]?.leave(overloaded);
  expect(stand.governor.standings()[0]?.coolUntilMs).toBeGreaterThan(stand.clock.now());
});

test("after a cool-down the first refusal holds the lane again, until a call is answered", async () => {
  const stand = createStand();
  const passes = await goAll(stand, 3);
  passes[0]?.leave(overloaded);
  const { inMs } = await stand.park("other");
  stand.clock.advance(inMs);
  await stand.call("other", overloaded);
  expect(stand.governor.standings()[0]?.coolUntilMs).toBeGreaterThan(stand.clock.now());
});
