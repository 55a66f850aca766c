import { afterEach, beforeEach, expect, test } from "vitest";
import { estimateRun } from "../../../src/ledger/estimate-run.ts";
import { priceAtMost } from "../../../src/providers/price-at-most.ts";
import { openInProcessStore } from "../../../src/store/sqlite/open-in-process-store.ts";
import type { SqliteStore } from "../../../src/store/sqlite/sqlite-store.ts";
import {
  type StoreFolder,
  acceptOne,
  createStoreFolder,
  newCall,
  newSettle,
} from "../../support/store-fixture.ts";

const sonnet = { provider: "anthropic", model: "claude-sonnet-4-6", task: "Look for bugs", maxTurns: 50 };
const homeMade = { ...sonnet, provider: "my-llm", model: "home-made" };

let folder: StoreFolder;
let store: SqliteStore;

beforeEach(async () => {
  folder = createStoreFolder(openInProcessStore);
  store = await folder.open();
});
afterEach(() => folder.clear());

async function remember(...costs: number[]): Promise<void> {
  for (const costMicroUsd of costs) {
    const { id } = await acceptOne(store, { provider: sonnet.provider, model: sonnet.model });
    const patch = { status: "completed", turns: 1 } as const;
    await store.write(newSettle(id, { patch, calls: [newCall({ costMicroUsd })] }));
  }
}

test("like sessions of the past say what the next will cost, and that it is from them", async () => {
  await remember(100_000, 300_000);
  expect(await estimateRun({ store, priceAtMost }, [sonnet, sonnet, sonnet])).toEqual({
    microUsd: 600_000,
    basis: "history of 2 sessions",
  });
});

test("only the latest twenty count", async () => {
  await remember(9_000_000, ...Array.from({ length: 20 }, () => 1_000));
  expect(await estimateRun({ store, priceAtMost }, [sonnet])).toEqual({
    microUsd: 1_000,
    basis: "history of 20 sessions",
  });
});

test("without a past it is a rule of thumb: cents for a usual session, less for few turns, more for a long task", async () => {
  const none = { store, priceAtMost };
  const usual = await estimateRun(none, [sonnet]);
  expect(usual.basis).toBe("rule of thumb");
  expect(usual.microUsd).toBeGreaterThan(50_000);
  expect(usual.microUsd).toBeLessThan(250_000);
  const short = await estimateRun(none, [{ ...sonnet, maxTurns: 1 }]);
  expect(short.microUsd).toBeLessThan((usual.microUsd ?? 0) / 4);
  const long = await estimateRun(none, [{ ...sonnet, task: "x".repeat(400_000) }]);
  expect(long.microUsd).toBeGreaterThan((usual.microUsd ?? 0) * 5);
});

test("a model without a price makes the sum unknown, and several models name both bases", async () => {
  await remember(100_000);
  expect(await estimateRun({ store, priceAtMost }, [sonnet, homeMade])).toEqual({
    microUsd: null,
    basis: "history of 1 session, else rule of thumb",
  });
});
