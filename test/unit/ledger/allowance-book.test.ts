import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Budget, type BudgetCover, noAmount, noBudget, noLimits } from "../../../src/core/budget.ts";
import { createFixedClock } from "../../../src/core/clock.ts";
import { type Claimant, createAllowanceBook } from "../../../src/ledger/allowance-book.ts";
import { createBudgetBook } from "../../../src/ledger/budget-book.ts";

const opening = { covered: [], day: noAmount, month: noAmount };
const usd = (dollars: number): Budget => ({ microUsd: dollars * 1e6, tokens: null });
const batch: BudgetCover = { scope: "batch", id: "b", budget: usd(1) };

function createScene({ limits = noLimits, places = 10 } = {}) {
  const book = createBudgetBook({ clock: createFixedClock(0), limits, opening });
  return { book, allowances: createAllowanceBook({ book, places: () => places, open: [] }) };
}

const claimant = (id: string, more: Partial<Claimant> = {}): Claimant => ({
  id,
  parentId: null,
  budget: noBudget,
  sharedBudgets: [],
  tools: [],
  ...more,
});

const inBatch = (id: string): Claimant => claimant(id, { sharedBudgets: [batch] });
const cents = (microUsd: number): number => microUsd / 10_000;

test("those that share a budget get even parts of it, one after the other, and never more than there is", () => {
  const { book, allowances } = createScene();
  const all = ["a", "b", "c"].map(inBatch);
  for (const one of all) allowances.expect(one);
  for (const one of all) {
    expect(allowances.grant(one)).toMatchObject({
      kind: "granted",
      microUsd: expect.closeTo(333_333, -1) as number,
    });
  }
  expect(book.standingOf(batch).reserved.microUsd).toBeLessThanOrEqual(1_000_000);
});

test("what is booked lowers it, and the end gives the rest back to who comes later", () => {
  const { book, allowances } = createScene();
  const [first, second] = [inBatch("a"), inBatch("b")];
  expect(allowances.grant(first)).toEqual({ kind: "granted", microUsd: 1_000_000 });
  allowances.book(first, { microUsd: 300_000, tokens: 5 });
  expect(book.standingOf(batch)).toMatchObject({
    spent: { microUsd: 300_000, tokens: 5 },
    reserved: { microUsd: 700_000 },
  });
  expect(allowances.grant(second)).toMatchObject({ kind: "none", forNow: true });
  allowances.release("a");
  expect(book.standingOf(batch).reserved).toEqual(noAmount);
  expect(allowances.grant(second)).toEqual({ kind: "granted", microUsd: 700_000 });
});

test("its own budget is not divided; a limit of the day is, by places, where nothing else limits it", () => {
  const { allowances } = createScene({ limits: { day: usd(5), month: noBudget } });
  expect(allowances.grant(claimant("a", { budget: usd(2) }))).toEqual({
    kind: "granted",
    microUsd: 2_000_000,
  });
  expect(allowances.grant(claimant("b"))).toEqual({ kind: "granted", microUsd: 300_000 });
  expect(allowances.grant(claimant("c"))).toEqual({ kind: "granted", microUsd: 270_000 });
});

test("a day's limit is left to as many as can run, however many live", () => {
  const { allowances } = createScene({ limits: { day: usd(4), month: noBudget }, places: 4 });
  for (let at = 0; at < 500; at += 1) allowances.expect(claimant(`s${at}`));
  expect(allowances.grant(claimant("s0"))).toEqual({ kind: "granted", microUsd: 1_000_000 });
});

test("one that may spawn leaves half to those it spawns; a child whose parent holds all is not kept waiting", () => {
  const { allowances } = createScene();
  const lead = claimant("lead", { budget: usd(1), tools: ["sessions_spawn"] });
  const cover: BudgetCover = { scope: "session", id: "lead", budget: usd(1) };
  const child = (id: string): Claimant => claimant(id, { parentId: "lead", sharedBudgets: [cover] });
  expect(allowances.grant(lead)).toEqual({ kind: "granted", microUsd: 500_000 });
  for (const id of ["x", "y"]) allowances.expect(child(id));
  expect(cents(granted(allowances.grant(child("x"))))).toBe(25);
  expect(cents(granted(allowances.grant(child("y"))))).toBe(25);
  expect(allowances.grant(child("z"))).toMatchObject({ kind: "none", forNow: true });
  for (const id of ["x", "y"]) {
    allowances.book(child(id), { microUsd: 250_000, tokens: 0 });
    allowances.release(id);
  }
  expect(allowances.grant(child("z"))).toMatchObject({
    kind: "none",
    forNow: false,
    standing: { id: "lead" },
  });
});

test("where tokens have run out nothing is given, and without a limit in money nothing is set aside", () => {
  const { book, allowances } = createScene({
    limits: { day: { microUsd: null, tokens: 10 }, month: noBudget },
  });
  expect(allowances.grant(claimant("a"))).toEqual({ kind: "unlimited" });
  allowances.book(claimant("a"), { microUsd: 70, tokens: 12 });
  expect(book.periods().day.spent).toEqual({ microUsd: 70, tokens: 12 });
  expect(allowances.grant(claimant("b"))).toMatchObject({
    kind: "none",
    standing: { scope: "day" },
    forNow: false,
  });
});

test("what an earlier daemon had set aside stays so, and is told of again", () => {
  const book = createBudgetBook({ clock: createFixedClock(0), limits: noLimits, opening });
  const open = [{ sessionId: "a", covers: [batch], microUsd: 600_000 }];
  const allowances = createAllowanceBook({ book, places: () => 10, open });
  for (const one of ["a", "b"].map(inBatch)) allowances.expect(one);
  expect(allowances.leftOf("a")).toBe(600_000);
  expect(allowances.grant(inBatch("b"))).toEqual({ kind: "granted", microUsd: 400_000 });
  allowances.release("a");
  expect(book.standingOf(batch).reserved.microUsd).toBe(400_000);
});

const step = fc.record({
  kind: fc.constantFrom("expect", "grant", "grant", "book", "release"),
  session: fc.nat(11),
  microUsd: fc.integer({ min: 0, max: 150_000 }),
});

test("whoever asks, spends within what it got and ends in whatever order: no limit is ever passed", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), fc.integer({ min: 1, max: 20 }), (steps, places) => {
      const { book, allowances } = createScene({ limits: { day: usd(2.5), month: usd(2) }, places });
      const lead: BudgetCover = { scope: "session", id: "s0", budget: usd(0.8) };
      const toSession = (at: number): Claimant =>
        at === 0
          ? claimant("s0", { budget: lead.budget, sharedBudgets: [batch], tools: ["sessions_spawn"] })
          : claimant(`s${at}`, {
              parentId: at % 3 === 0 ? "s0" : null,
              budget: at % 4 === 0 ? usd(0.2) : noBudget,
              sharedBudgets: at % 3 === 0 ? [lead, batch] : at % 3 === 1 ? [batch] : [],
            });
      for (const { kind, session, microUsd } of steps) {
        const one = toSession(session);
        if (kind === "expect") allowances.expect(one);
        else if (kind === "grant") allowances.grant(one);
        else if (kind === "release") allowances.release(one.id);
        else {
          const spent = Math.min(microUsd, allowances.leftOf(one.id) ?? 0);
          allowances.book(one, { microUsd: spent, tokens: 1 });
        }
        const covers = [
          batch,
          lead,
          ...[4, 8].map((at) => ({ scope: "session" as const, id: `s${at}`, budget: usd(0.2) })),
        ];
        const standings = [
          ...covers.map((cover) => book.standingOf(cover)),
          ...Object.values(book.periods()),
        ];
        for (const { budget, spent, reserved } of standings) {
          expect(spent.microUsd + reserved.microUsd).toBeLessThanOrEqual(budget.microUsd ?? 0);
          expect(reserved.microUsd).toBeGreaterThanOrEqual(0);
        }
      }
      for (let at = 0; at < 12; at += 1) allowances.release(`s${at}`);
      expect(book.periods().day.reserved).toEqual(noAmount);
      expect(book.standingOf(batch).reserved).toEqual(noAmount);
    }),
  );
});

function granted(outcome: ReturnType<ReturnType<typeof createAllowanceBook>["grant"]>): number {
  return outcome.kind === "granted" ? outcome.microUsd : 0;
}
