import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Budget, noAmount, noBudget } from "../../src/core/budget.ts";
import type { JournalEvent } from "../../src/core/journal.ts";
import { noUsage } from "../../src/core/usage.ts";
import { migrate } from "../../src/store/sqlite/migrate.ts";
import { migrations } from "../../src/store/sqlite/migrations.ts";
import type { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { StoreFolder } from "../support/store-fixture.ts";
import {
  acceptOne,
  createStoreFolder,
  implementations,
  newBatch,
  newCall,
  newSettle,
  newWrite,
  startMs,
} from "../support/store-fixture.ts";

const budget: Budget = { microUsd: 1_000_000, tokens: null };
const unknown = { usage: noUsage, costMicroUsd: 0, price: null, possiblyBilled: true };

const launch = (run: number, more: { allowedMicroUsd?: number } = {}): JournalEvent => ({
  type: "agent-launch",
  run,
  agent: "claude",
  ...more,
});

describe.each(implementations)("budgets in the store $name", ({ open }) => {
  let folder: StoreFolder;
  let store: SqliteStore;

  beforeEach(async () => {
    folder = createStoreFolder(open);
    store = await folder.open();
  });
  afterEach(() => folder.clear());

  test("a batch keeps its budget, and one without has none", async () => {
    const withBudget = { ...newBatch(1), budget };
    const without = newBatch(1);
    await store.acceptBatch(withBudget);
    await store.acceptBatch(without);
    expect((await store.getBatch(withBudget.id))?.budget).toEqual(budget);
    expect((await store.getBatch(without.id))?.budget).toEqual(noBudget);
  });

  test("spending is told for sessions under a budget only, with the worst case of calls nobody knows", async () => {
    const shared = { scope: "batch" as const, id: "b", budget };
    const covered = await acceptOne(store, { budget, sharedBudgets: [shared] });
    const free = await acceptOne(store);
    const doubtful = newCall({ ...unknown, reservedMicroUsd: 50_000, reservedTokens: 900 });
    for (const { id } of [covered, free]) {
      await store.write(newWrite(id, { calls: [newCall(), doubtful] }));
    }
    expect(await store.readSpending()).toEqual({
      sessions: [
        {
          covers: [{ scope: "session", id: covered.id, budget }, shared],
          microUsd: 51_234,
          tokens: 1_020,
        },
      ],
      inFlight: noAmount,
      allowed: [],
    });
    const rows = await store.listCosts({ from: 0, to: startMs * 2, groupBy: "model", utcOffsetMinutes: 0 });
    expect(rows.map(({ reserved }) => reserved)).toEqual([{ microUsd: 100_000, tokens: 1_800 }]);
  });

  test("the sum of costs has what was booked since then, and the worst case of calls nobody knows", async () => {
    const { id } = await acceptOne(store);
    const doubtful = newCall({ ...unknown, reservedMicroUsd: 50_000, reservedTokens: 900 });
    await store.write(newWrite(id, { calls: [newCall(), doubtful] }));
    const [row] = await store.listCosts({ from: 0, to: startMs * 2, groupBy: "model", utcOffsetMinutes: 0 });
    const tokens = (row?.usage.inputTokens ?? 0) + (row?.usage.outputTokens ?? 0) + 900;
    expect(tokens).toBeGreaterThan(900);
    expect(await store.sumCosts(0)).toEqual({ microUsd: (row?.costMicroUsd ?? 0) + 50_000, tokens });
    expect(await store.sumCosts(startMs * 2)).toEqual(noAmount);
  });

  test("a call that no session made is in every sum, and is no session's", async () => {
    const { id } = await acceptOne(store, { budget });
    await store.write(newWrite(id, { calls: [newCall()] }));
    await store.bookCall({
      at: startMs,
      call: newCall({ costMicroUsd: 7, reservedMicroUsd: 50, reservedTokens: 9 }),
    });
    const all = { from: 0, to: startMs * 2, utcOffsetMinutes: 0 };
    expect(await store.listCosts({ ...all, groupBy: "provider" })).toMatchObject([
      { calls: 2, sessions: 1, costMicroUsd: 1_241, reserved: { microUsd: 50, tokens: 9 } },
    ]);
    for (const groupBy of ["session", "batch", "tree", "label"] as const) {
      const rows = await store.listCosts({ ...all, groupBy });
      const own = rows.find(({ key }) => key === "");
      expect(own, groupBy).toMatchObject({ costMicroUsd: groupBy === "label" ? 1_241 : 7 });
    }
    expect(await store.sumCosts(0)).toMatchObject({ microUsd: 1_291 });
    expect((await store.readSpending()).sessions).toMatchObject([{ microUsd: 1_234 }]);
    expect((await store.getSession(id))?.costMicroUsd).toBe(1_234);
  });

  test("a call whose end no journal knows counts with what was set aside for it, until its end is there", async () => {
    const { id } = await acceptOne(store, { budget });
    const begun = { type: "turn-start", turn: 1, reservedMicroUsd: 700, reservedTokens: 30 } as const;
    await store.write(newWrite(id, { events: [begun], patch: { status: "running" } }));
    expect(await store.readSpending()).toMatchObject({
      sessions: [{ microUsd: 700, tokens: 30 }],
      inFlight: { microUsd: 700, tokens: 30 },
    });
    const error = { code: "interrupted", detail: "" };
    const { reservedMicroUsd, reservedTokens } = begun;
    const reserved = { reservedMicroUsd, reservedTokens };
    const failed = { type: "turn-fail", turn: 1, error, partialText: "", possiblyBilled: true } as const;
    const calls = [newCall({ ...unknown, ...reserved })];
    await store.write(newWrite(id, { events: [{ ...failed, ...reserved, retryAt: null }], calls }));
    expect(await store.readSpending()).toMatchObject({
      sessions: [{ microUsd: 700, tokens: 30 }],
      inFlight: noAmount,
    });
  });

  test("what was set aside at the latest launch of a living agent is told, less what it has cost since", async () => {
    const shared = { scope: "batch" as const, id: "b", budget };
    const turn = {
      turn: 1,
      content: [],
      finish: "stop" as const,
      usage: noUsage,
      price: null,
      durationMs: 1,
    };
    const turnEnd = (costMicroUsd: number | null): JournalEvent => ({
      type: "turn-end",
      ...turn,
      costMicroUsd,
    });
    const allowing = (run: number, allowedMicroUsd: number): JournalEvent => launch(run, { allowedMicroUsd });
    const events = [allowing(1, 9_000), turnEnd(8_000), allowing(2, 5_000), turnEnd(2_000), turnEnd(null)];
    const running = await acceptOne(store, { agent: "claude", sharedBudgets: [shared] });
    await store.write(newWrite(running.id, { events, patch: { status: "running" } }));
    const over = await acceptOne(store, { agent: "claude" });
    const beyond = [allowing(1, 1_000), turnEnd(8_000)];
    await store.write(newWrite(over.id, { events: beyond, patch: { status: "waiting" } }));
    const unlimited = await acceptOne(store, { agent: "claude" });
    await store.write(newWrite(unlimited.id, { events: [launch(1)], patch: { status: "running" } }));
    const ended = await acceptOne(store, { agent: "claude" });
    await store.write(newSettle(ended.id, { events: [allowing(1, 500)], patch: { status: "completed" } }));
    expect((await store.readSpending()).allowed).toEqual([
      { sessionId: running.id, covers: [shared], microUsd: 3_000 },
      { sessionId: over.id, covers: [], microUsd: 0 },
    ]);
  });

  test("past costs are those of the latest completed sessions of that model that had a price", async () => {
    for (const costMicroUsd of [100, 200, null, 300]) {
      const { id } = await acceptOne(store);
      await store.write(
        newSettle(id, { calls: [newCall({ costMicroUsd })], patch: { status: "completed", turns: 1 } }),
      );
    }
    const { id } = await acceptOne(store);
    await store.write(newWrite(id, { calls: [newCall()], patch: { status: "running", turns: 1 } }));
    const model = { provider: "groq", model: "llama-3.3-70b-versatile" };
    expect(await store.listPastCosts({ ...model, limit: 2 })).toEqual([300, 200]);
    expect(await store.listPastCosts({ ...model, limit: 9 })).toEqual([300, 200, 100]);
    expect(await store.listPastCosts({ ...model, model: "other", limit: 9 })).toEqual([]);
  });

  test("limits are kept by period, a limit of none too, and a later store reads them", async () => {
    expect(await store.readLimits()).toEqual({});
    await store.writeLimits({ day: budget });
    await store.writeLimits({ month: noBudget, day: { microUsd: null, tokens: 5 } });
    const later = await folder.open();
    expect(await later.readLimits()).toEqual({ day: { microUsd: null, tokens: 5 }, month: noBudget });
  });
});

test("a database from before budgets opens, and its sessions have none", async () => {
  const folder = createStoreFolder(implementations[0].open);
  try {
    const first = await folder.open();
    await first.close();
    const database = new DatabaseSync(folder.databasePath);
    for (const { name } of database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()) {
      database.exec(`PRAGMA foreign_keys = OFF; DROP TABLE IF EXISTS "${String(name)}"`);
    }
    database.exec("PRAGMA user_version = 0");
    migrate(database, migrations.slice(0, 1));
    database.exec("INSERT INTO batches (id, created_at) VALUES ('b', 1)");
    database.exec(
      "INSERT INTO sessions (id, batch_id, root_id, created_at, status, last_seq) VALUES ('s', 'b', 'b', 1, 'queued', 1)",
    );
    database.exec(`INSERT INTO specs VALUES (1, '{"id":"s","provider":"groq","model":"m"}')`);
    database.close();
    const store = await folder.open();
    expect(await store.getSession("s")).toMatchObject({
      budget: noBudget,
      sharedBudgets: [],
      provider: "groq",
    });
    expect((await store.getBatch("b"))?.budget).toEqual(noBudget);
    expect(await store.readSpending()).toEqual({ sessions: [], inFlight: noAmount, allowed: [] });
  } finally {
    await folder.clear();
  }
});
