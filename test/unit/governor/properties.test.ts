import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { CallPass, CallReport } from "../../../src/core/call-gate.ts";
import { noUsage } from "../../../src/core/usage.ts";
import { createRateGovernor } from "../../../src/providers/governor/rate-governor.ts";
import { createFixedClock } from "../../../src/core/clock.ts";
import { createRandom, planCall } from "./simulated-crowd.ts";

const hourMs = 3_600_000;
const codes =
  "rate-limited overloaded quota server-error network timeout cut-off malformed auth bad-request context-length not-found aborted internal not-called nonsense".split(
    " ",
  );

const report: fc.Arbitrary<CallReport> = fc.oneof(
  fc.record({
    kind: fc.constant("answered" as const),
    usage: fc.constantFrom(noUsage, { ...noUsage, inputTokens: 500, outputTokens: 1e12 }),
    costMicroUsd: fc.constant(null),
  }),
  fc.record({
    kind: fc.constant("failed" as const),
    code: fc.constantFrom(...codes),
    status: fc.constantFrom(null, 429, 500, 529),
    retryAfterMs: fc.option(fc.integer({ min: 0, max: 7 * 24 * hourMs }), { nil: null }),
    possiblyBilled: fc.boolean(),
  }),
);

type Move =
  | { do: "enter"; session: number; model: number }
  | { do: "leave"; which: number; report: CallReport }
  | { do: "wait"; ms: number };

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("enter" as const), session: fc.nat(30), model: fc.nat(1) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("leave" as const), which: fc.nat(50), report }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.oneof(fc.nat(2_000), fc.nat(2 * hourMs)),
    }),
  },
);

const setting = fc.record({
  pool: fc.integer({ min: 1, max: 12 }),
  seed: fc.integer(),
  requests: fc.option(fc.integer({ min: 1, max: 600 }), { nil: undefined }),
  tokens: fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined }),
});

test("whatever comes: never more in flight than the limit, parks end soon and later than now, counts are right", async () => {
  await fc.assert(
    fc.asyncProperty(
      setting,
      fc.array(move, { maxLength: 120 }),
      async ({ pool, seed, ...limits }, moves) => {
        const clock = createFixedClock(0);
        const random = createRandom(seed);
        const parts = { clock, random, keyOf: () => "key", startLimit: () => pool };
        const governor = createRateGovernor({ ...parts, limits: new Map([["acme", limits]]) });
        const flying: { model: string; session: string; sentAt: number; pass: CallPass }[] = [];
        const laneOf = (model: string): ReturnType<typeof governor.standings>[number] | undefined =>
          governor.standings().find((lane) => lane.model === model);

        const enter = async (session: string, model: string): Promise<void> => {
          if (flying.some((flight) => flight.session === session)) return;
          const before = laneOf(model);
          const admission = await governor.enter(planCall(session, { model }));
          if (admission.kind === "refuse") throw new Error("refused");
          if (admission.kind === "pass") {
            const after = laneOf(model);
            expect(after?.inFlight).toBeLessThanOrEqual(pool);
            // The breaker's probe is the one call beyond what a collapsed limit allows.
            if (before?.isOpen !== true) expect(after?.inFlight).toBeLessThanOrEqual(after?.limit ?? 0);
            expect(before?.coolUntilMs ?? null).toBeNull();
            flying.push({ model, session, sentAt: clock.now(), pass: admission.pass });
            return;
          }
          const untilMs = "untilMs" in admission.wait ? admission.wait.untilMs : Number.NaN;
          expect(untilMs).toBeGreaterThan(clock.now());
          expect(untilMs).toBeLessThan(clock.now() + 6 * hourMs + 10 * 60_000);
        };

        for (const step of moves) {
          if (step.do === "enter") await enter(`s${step.session}`, `m${step.model}`);
          else if (step.do === "wait") clock.advance(step.ms);
          else flying.splice(step.which % Math.max(1, flying.length), 1)[0]?.pass.leave(step.report);
          for (const { limit, inFlight, model } of governor.standings()) {
            expect(limit).toBeGreaterThanOrEqual(1);
            expect(limit).toBeLessThanOrEqual(pool);
            // A place that its session's clock has long outlived is taken back.
            const young = flying.filter(
              (flight) => flight.model === model && clock.now() < flight.sentAt + 300_000,
            );
            expect(inFlight).toBeGreaterThanOrEqual(young.length);
            expect(inFlight).toBeLessThanOrEqual(flying.filter((flight) => flight.model === model).length);
          }
        }
        for (const { pass } of flying) pass.leave({ kind: "answered", usage: noUsage, costMicroUsd: null });
        for (const { inFlight } of governor.standings()) expect(inFlight).toBe(0);
        clock.advance(7 * hourMs);
        for (const model of ["m0", "m1"]) {
          expect((await governor.enter(planCall("last", { model }))).kind).toBe("pass");
          clock.advance(hourMs);
        }
      },
    ),
    { numRuns: 400 },
  );
});
