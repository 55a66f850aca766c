import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Budget, type BudgetCover, noAmount, noBudget, noLimits } from "../../../src/core/budget.ts";
import { createFixedClock } from "../../../src/core/clock.ts";
import { type BudgetBook, type Reservation, createBudgetBook } from "../../../src/ledger/budget-book.ts";

const noon = new Date(2026, 10, 21, 12).getTime();
const hourMs = 3_600_000;
const opening = { covered: [], day: noAmount, month: noAmount };

function usd(dollars: number): Budget {
  return { microUsd: dollars * 1e6, tokens: null };
}

function sessionCover(id: string, budget: Budget): BudgetCover {
  return { scope: "session", id, budget };
}

function reserve(book: BudgetBook, covers: BudgetCover[], microUsd: number): Reservation {
  const outcome = book.reserve(covers, { microUsd, tokens: 10 });
  if (outcome.kind !== "reserved") throw new Error(`It was ${outcome.kind}.`);
  return outcome.reservation;
}

/** One step of a random life: reserve for a session, or settle the n-th open reservation for a part of it. */
const stepShape = fc.oneof(
  fc.record({
    kind: fc.constant("reserve" as const),
    session: fc.nat(4),
    microUsd: fc.option(fc.integer({ min: 0, max: 700_000 }), { freq: 9 }),
    tokens: fc.integer({ min: 1, max: 3_000 }),
  }),
  fc.record({
    kind: fc.constant("settle" as const),
    which: fc.nat(20),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  fc.record({ kind: fc.constant("wait" as const), hours: fc.integer({ min: 1, max: 30 }) }),
);

test("whatever is reserved and settled in whatever order, spent and set aside never go above a limit", () => {
  fc.assert(
    fc.property(fc.array(stepShape, { maxLength: 120 }), (steps) => {
      const clock = createFixedClock(noon);
      const limits = { day: usd(2), month: { microUsd: 3_000_000, tokens: 60_000 } };
      const book = createBudgetBook({ clock, limits, opening });
      const batch: BudgetCover = { scope: "batch", id: "b", budget: { microUsd: 1_000_000, tokens: 9_000 } };
      const parent = sessionCover("parent", usd(0.8));
      const coversOf = (session: number): BudgetCover[] => [
        sessionCover(`s${session}`, { microUsd: 500_000, tokens: null }),
        ...(session > 2 ? [parent] : []),
        batch,
      ];
      const open: { reservation: Reservation; microUsd: number; tokens: number }[] = [];
      for (const step of steps) {
        if (step.kind === "wait") clock.advance(step.hours * hourMs);
        else if (step.kind === "settle") {
          const [one] = open.splice(step.which % Math.max(1, open.length), 1);
          const toShare = (value: number): number => Math.floor(value * step.share);
          one?.reservation.settle({ microUsd: toShare(one.microUsd), tokens: toShare(one.tokens) });
        } else {
          const { microUsd, tokens } = step;
          const outcome = book.reserve(coversOf(step.session), { microUsd, tokens });
          if (outcome.kind === "reserved") {
            open.push({ reservation: outcome.reservation, microUsd: microUsd ?? 0, tokens });
          }
        }
        const covers = [...coversOf(0), ...coversOf(1), ...coversOf(2), ...coversOf(3), ...coversOf(4)];
        const standings = [
          ...covers.map((cover) => book.standingOf(cover)),
          ...Object.values(book.periods()),
        ];
        for (const { budget, spent, reserved } of standings) {
          expect(spent.microUsd + reserved.microUsd).toBeLessThanOrEqual(budget.microUsd ?? Infinity);
          expect(spent.tokens + reserved.tokens).toBeLessThanOrEqual(budget.tokens ?? Infinity);
          expect(
            Math.min(spent.microUsd, spent.tokens, reserved.microUsd, reserved.tokens),
          ).toBeGreaterThanOrEqual(0);
        }
      }
      for (const { reservation } of open) reservation.settle(noAmount);
      expect(book.standingOf(batch).reserved).toEqual(noAmount);
      expect(book.periods().day.reserved).toEqual(noAmount);
    }),
    { numRuns: 200 },
  );
});

test("what fits once the calls in flight have settled is full for now; what never fits is full", () => {
  const book = createBudgetBook({ clock: createFixedClock(noon), limits: noLimits, opening });
  const covers = [sessionCover("a", usd(1))];
  const first = reserve(book, covers, 600_000);
  expect(book.reserve(covers, { microUsd: 600_000, tokens: 1 })).toMatchObject({
    kind: "full",
    forNow: true,
  });
  expect(book.reserve(covers, { microUsd: 1_000_001, tokens: 1 })).toMatchObject({
    kind: "full",
    forNow: false,
  });
  first.settle({ microUsd: 500_000, tokens: 1 });
  expect(book.reserve(covers, { microUsd: 600_000, tokens: 1 })).toMatchObject({
    kind: "full",
    forNow: false,
  });
  expect(book.reserve(covers, { microUsd: 500_000, tokens: 1 })).toMatchObject({ kind: "reserved" });
});

test("a reservation is settled once, however often it is said", () => {
  const book = createBudgetBook({ clock: createFixedClock(noon), limits: noLimits, opening });
  const cover = sessionCover("a", usd(1));
  const reservation = reserve(book, [cover], 100_000);
  reservation.settle({ microUsd: 70_000, tokens: 5 });
  reservation.settle({ microUsd: 70_000, tokens: 5 });
  expect(book.standingOf(cover)).toMatchObject({
    spent: { microUsd: 70_000, tokens: 5 },
    reserved: noAmount,
  });
});

test("a price that nobody knows stops a call only where no limit in tokens holds it", () => {
  const book = createBudgetBook({ clock: createFixedClock(noon), limits: noLimits, opening });
  const call = { microUsd: null, tokens: 100 };
  expect(book.reserve([sessionCover("a", usd(1))], call).kind).toBe("unpriced");
  expect(book.reserve([], call).kind).toBe("reserved");
  expect(book.reserve([sessionCover("b", { microUsd: 1, tokens: 100 })], call).kind).toBe("reserved");
  expect(book.reserve([sessionCover("b", { microUsd: 1, tokens: 100 })], call)).toMatchObject({
    kind: "full",
  });
});

test("a new local day has all of its limit, a call over midnight counts on the day it ends, the month goes on", () => {
  const clock = createFixedClock(new Date(2026, 10, 21, 23, 59, 59).getTime());
  const book = createBudgetBook({ clock, limits: { day: usd(1), month: usd(5) }, opening });
  reserve(book, [], 900_000).settle({ microUsd: 900_000, tokens: 1 });
  const overnight = reserve(book, [], 100_000);
  clock.advance(1_000);
  expect(book.periods().day).toMatchObject({
    id: "2026-11-22",
    spent: noAmount,
    reserved: { microUsd: 100_000 },
  });
  expect(book.reserve([], { microUsd: 950_000, tokens: 1 })).toMatchObject({ kind: "full", forNow: true });
  overnight.settle({ microUsd: 80_000, tokens: 1 });
  expect(book.periods().day.spent.microUsd).toBe(80_000);
  expect(book.periods().month).toMatchObject({ id: "2026-11", spent: { microUsd: 980_000 } });
  reserve(book, [], 920_000);
});

test("a clock that steps back finds the day as it was", () => {
  const clock = createFixedClock(new Date(2026, 10, 22, 0, 10).getTime());
  const book = createBudgetBook({ clock, limits: { day: usd(1), month: noBudget }, opening });
  clock.advance(-hourMs);
  reserve(book, [], 900_000).settle({ microUsd: 900_000, tokens: 1 });
  clock.advance(hourMs);
  expect(book.periods().day.spent).toEqual(noAmount);
  clock.advance(-hourMs);
  expect(book.reserve([], { microUsd: 200_000, tokens: 1 })).toMatchObject({ kind: "full", forNow: false });
});

test("what was spent before is in the book from the start, in every account that it counts against", () => {
  const [own, shared] = [sessionCover("a", usd(1)), sessionCover("parent", usd(1))];
  const book = createBudgetBook({
    clock: createFixedClock(noon),
    limits: { day: usd(1), month: usd(2) },
    opening: {
      covered: [
        { covers: [own, shared], microUsd: 300_000, tokens: 7 },
        { covers: [shared], microUsd: 400_000, tokens: 8 },
      ],
      day: { microUsd: 700_000, tokens: 15 },
      month: { microUsd: 1_900_000, tokens: 99 },
    },
  });
  expect(book.standingOf(own).spent).toEqual({ microUsd: 300_000, tokens: 7 });
  expect(book.standingOf(shared).spent).toEqual({ microUsd: 700_000, tokens: 15 });
  expect(book.reserve([own], { microUsd: 200_000, tokens: 1 })).toMatchObject({
    kind: "full",
    standing: { scope: "month" },
  });
});

test("a person is told once when a budget is half spent, at 80 % and at 95 %, of the highest that is reached", () => {
  const told: string[] = [];
  const book = createBudgetBook({
    clock: createFixedClock(noon),
    limits: { day: { microUsd: null, tokens: 40 }, month: noBudget },
    opening,
    onShare: ({ scope, id }, share) => told.push(`${scope} ${id} ${share}`),
  });
  const covers = [sessionCover("a", usd(1))];
  const spend = (microUsd: number, tokens: number): void =>
    reserve(book, covers, microUsd).settle({ microUsd, tokens });
  spend(490_000, 1);
  expect(told).toEqual([]);
  spend(10_000, 1);
  expect(told.splice(0)).toEqual(["session a 0.5"]);
  spend(460_000, 1);
  expect(told.splice(0)).toEqual(["session a 0.95"]);
  spend(1, 30);
  expect(told.splice(0)).toEqual(["day 2026-11-21 0.8"]);
});
