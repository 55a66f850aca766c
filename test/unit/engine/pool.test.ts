import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createPool, type Pool } from "../../../src/engine/pool.ts";

function fill(pool: Pool, rootId: string, sessions: { count: number; priority?: number }): void {
  const { count, priority = 0 } = sessions;
  for (let index = 0; index < count; index += 1) {
    pool.enqueue({ sessionId: `${rootId}${index}`, rootId, priority, provider: "p" }, "back");
  }
}

function takeAll(pool: Pool): string[] {
  const taken: string[] = [];
  for (let entry = pool.take(); entry !== undefined; entry = pool.take()) taken.push(entry.sessionId);
  return taken;
}

test("no more run than the pool has places, and a free place is given on", () => {
  const pool = createPool(2);
  fill(pool, "a", { count: 3 });
  expect(takeAll(pool)).toEqual(["a0", "a1"]);
  pool.remove("a0");
  expect(takeAll(pool)).toEqual(["a2"]);
  expect([pool.running, pool.queued]).toEqual([2, 0]);
});

test("trees share the places, whoever came first", () => {
  const pool = createPool(4);
  fill(pool, "a", { count: 10 });
  fill(pool, "b", { count: 10 });
  expect(takeAll(pool)).toEqual(["a0", "b0", "a1", "b1"]);
});

test("a higher priority goes first, also before a tree that runs less", () => {
  const pool = createPool(3);
  fill(pool, "a", { count: 3 });
  fill(pool, "b", { count: 2, priority: 5 });
  expect(takeAll(pool)).toEqual(["b0", "b1", "a0"]);
});

test("who comes back from a wait stands before the fresh ones of its tree", () => {
  const pool = createPool(1);
  fill(pool, "a", { count: 2 });
  pool.enqueue({ sessionId: "back", rootId: "a", priority: 0, provider: "p" }, "front");
  expect(takeAll(pool)).toEqual(["back"]);
});

test("a larger pool takes more at once, a smaller one lets those that run finish", () => {
  const pool = createPool(1);
  fill(pool, "a", { count: 5 });
  takeAll(pool);
  pool.resize(3);
  expect(takeAll(pool)).toHaveLength(2);
  pool.resize(1);
  pool.remove("a0");
  expect(takeAll(pool)).toEqual([]);
});

test("in any order of coming and going nobody is lost, doubled or over the size", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("enqueue" as const), root: fc.constantFrom("a", "b", "c") }),
    fc.record({ kind: fc.constant("take" as const) }),
    fc.record({ kind: fc.constant("remove" as const), which: fc.nat(50) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 5 }), (steps, size) => {
      const pool = createPool(size);
      const queued = new Set<string>();
      const running = new Set<string>();
      let made = 0;
      for (const next of steps) {
        if (next.kind === "enqueue") {
          const sessionId = `${next.root}${(made += 1)}`;
          pool.enqueue({ sessionId, rootId: next.root, priority: made % 3, provider: "p" }, "back");
          queued.add(sessionId);
        } else if (next.kind === "take") {
          const entry = pool.take();
          expect(entry === undefined).toBe(queued.size === 0 || running.size >= size);
          if (entry !== undefined) {
            expect(queued.delete(entry.sessionId)).toBe(true);
            running.add(entry.sessionId);
          }
        } else {
          const known = [...queued, ...running];
          const sessionId = known[next.which % Math.max(1, known.length)] ?? "nobody";
          pool.remove(sessionId);
          queued.delete(sessionId);
          running.delete(sessionId);
        }
        expect([pool.running, pool.queued]).toEqual([running.size, queued.size]);
      }
    }),
  );
});

test("a provider with as many as it may have is passed over, and others go on", () => {
  const pool = createPool(10, { ofProvider: (provider) => (provider === "slow" ? 2 : undefined) });
  const enqueue = (sessionId: string, rootId: string, provider: string): void =>
    pool.enqueue({ sessionId, rootId, priority: 0, provider }, "back");
  for (const at of [1, 2, 3, 4]) enqueue(`s${at}`, "a", "slow");
  enqueue("f1", "a", "fast");
  enqueue("s5", "b", "slow");
  expect(takeAll(pool)).toEqual(["s1", "s5", "f1"]);
  expect([pool.hasNext, pool.queued]).toEqual([false, 3]);
  pool.remove("f1");
  expect(pool.hasNext).toBe(false);
  pool.remove("s5");
  expect([pool.hasNext, ...takeAll(pool)]).toEqual([true, "s2"]);
  pool.remove("s1");
  pool.remove("s2");
  expect(takeAll(pool)).toEqual(["s3", "s4"]);
});
