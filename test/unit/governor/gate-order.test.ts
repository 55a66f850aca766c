import { expect, test } from "vitest";
import type { CallGate } from "../../../src/core/call-gate.ts";
import { passGates } from "../../../src/runners/agent/pass-gates.ts";
import { createStand } from "./governor-fixture.ts";
import { answer, failure, planCall } from "./simulated-crowd.ts";

const fault = { code: "budget-exceeded", detail: "spent" } as const;

function createBudget(enter: CallGate["enter"]): CallGate {
  return { enter };
}

const refusing = createBudget(() => Promise.resolve({ kind: "refuse", reason: "budget", fault }));
const parking = createBudget(() =>
  Promise.resolve({ kind: "park", wait: { on: "cool-down", untilMs: 1e9, detail: "in flight" } }),
);
const broken = createBudget(() => Promise.reject(new Error("the disk is gone")));

test.each([
  ["refuses", refusing],
  ["parks", parking],
  ["fails", broken],
])("a call that the budget %s leaves no place, request or token behind", async (_, budget) => {
  const stand = createStand({
    startLimit: () => 2,
    limits: new Map([["acme", { requests: 20, tokens: 30_000 }]]),
  });
  for (let count = 0; count < 100; count += 1) {
    await passGates([stand.governor, budget], planCall(`s${count}`)).catch(() => null);
  }
  expect(stand.governor.standings()).toMatchObject([{ inFlight: 0, limit: 2, waiting: 0, isOpen: false }]);
  // A minute's burst is a tenth: two calls, at once.
  const first = await stand.go("a");
  const second = await stand.go("b");
  expect((await stand.park("c")).inMs).toBeGreaterThan(1_000);
  first.leave(answer);
  second.leave(answer);
});

test("a probe of an open breaker that the budget stops makes room for the next probe", async () => {
  const stand = createStand({ startLimit: () => 2 });
  for (let count = 0; count < 40 && stand.governor.standings()[0]?.isOpen !== true; count += 1) {
    const admission = await stand.enter(`s${count}`);
    if (admission.kind === "pass") admission.pass.leave(failure("server-error", 500));
    else stand.clock.advance(1_000);
  }
  expect(stand.governor.standings()).toMatchObject([{ isOpen: true }]);
  stand.clock.advance(60_000);
  expect((await passGates([stand.governor, refusing], planCall("poor"))).kind).toBe("refuse");
  await stand.call("rich", answer);
  expect(stand.governor.standings()).toMatchObject([{ isOpen: false, inFlight: 0 }]);
});
