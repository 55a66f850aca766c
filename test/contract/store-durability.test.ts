import { chmodSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JournalEvent } from "../../src/core/journal.ts";
import { migrations } from "../../src/store/sqlite/migrations.ts";
import type { ModelCall } from "../../src/store/costs.ts";
import { StaleEpochError } from "../../src/store/store.ts";
import type { StoreFolder } from "../support/store-fixture.ts";
import {
  acceptOne,
  createStoreFolder,
  implementations,
  newBatch,
  newCall,
  newMessage,
  newSettle,
  newWrite,
  startMs,
} from "../support/store-fixture.ts";

describe.each(implementations)("what the store $name keeps", ({ open }) => {
  let folder: StoreFolder;

  beforeEach(() => {
    folder = createStoreFolder(open);
  });
  afterEach(() => folder.clear());

  describe("opening", () => {
    test("a store that is opened again has everything, and the next epoch", async () => {
      const first = await folder.open();
      const { id, batchId } = await acceptOne(first, { labels: { team: "red" } });
      await first.write(newSettle(id, { calls: [newCall()], messages: [newMessage({ to: batchId })] }));
      await first.putArtifact({ id: "a1", sessionId: id, name: "out", text: "text", createdAt: startMs });
      const readAll = (store: typeof first) =>
        Promise.all([
          store.getSession(id),
          store.getBatch(batchId),
          store.readJournal({ sessionId: id, afterSeq: 0, limit: 10 }),
          store.listMessages({ to: batchId, unackedOnly: true, limit: 10 }),
          store.listCosts({ from: 0, to: startMs * 2, groupBy: "day", utcOffsetMinutes: 0 }),
          store.getArtifact("a1"),
        ]);
      const before = await readAll(first);
      await first.close();
      const second = await folder.open();
      expect(await readAll(second)).toEqual(before);
      expect(second.epoch).toBe(first.epoch + 1);
    });

    test("calls made before close are answered, later ones refused, and close can be repeated", async () => {
      const store = await folder.open();
      const batch = newBatch(3);
      const accepted = store.acceptBatch(batch);
      const closing = store.close();
      expect(await accepted).toEqual({ kind: "accepted" });
      await closing;
      await store.close();
      await expect(store.getBatch(batch.id)).rejects.toThrow("The store is closed.");
      expect(await (await folder.open()).getBatch(batch.id)).toMatchObject({ counts: { queued: 3 } });
    });

    test("database, WAL and folder are for the user alone, also if they were not before", async () => {
      const store = await folder.open();
      await acceptOne(store);
      const stateFolder = dirname(folder.databasePath);
      expect(statSync(stateFolder).mode & 0o777).toBe(0o700);
      const files = readdirSync(stateFolder).filter((name) => name.startsWith("profclaw.db"));
      expect(files.toSorted()).toEqual(["profclaw.db", "profclaw.db-shm", "profclaw.db-wal"]);
      for (const name of files) expect(statSync(join(stateFolder, name)).mode & 0o777).toBe(0o600);
      await store.close();
      chmodSync(folder.databasePath, 0o644);
      await folder.open();
      expect(statSync(folder.databasePath).mode & 0o777).toBe(0o600);
    });

    test("a database of a newer program is refused and stays as it is", async () => {
      await (await folder.open()).close();
      const database = new DatabaseSync(folder.databasePath);
      database.exec(`PRAGMA user_version = ${migrations.length + 1}`);
      database.close();
      const before = readFileSync(folder.databasePath);
      const opening = folder.open();
      await expect(opening).rejects.toMatchObject({ name: "ProfclawError", code: "config-invalid" });
      await expect(opening).rejects.toThrow(/newer profclaw.*Update profclaw/);
      expect(readFileSync(folder.databasePath).equals(before)).toBe(true);
    });
  });

  test("a folder that cannot be made is refused with its name", async () => {
    writeFileSync(dirname(folder.databasePath), "a file where the folder should be");
    const opening = folder.open();
    await expect(opening).rejects.toMatchObject({ code: "config-invalid" });
    await expect(opening).rejects.toThrow(/cannot be opened.*PROFCLAW_HOME/);
  });

  describe("epochs", () => {
    test("after a later opening no write of the earlier one changes anything, and it can still read", async () => {
      const old = await folder.open();
      const { id, batchId } = await acceptOne(old);
      const heir = await folder.open();
      const writes = [
        old.acceptBatch(newBatch(1)),
        old.write(newSettle(id)),
        old.postMessage(newMessage({ to: batchId })),
        old.putArtifact({ id: "a1", sessionId: id, name: "n", text: "t", createdAt: startMs }),
      ];
      const reading = old.getSession(id);
      for (const write of writes) await expect(write).rejects.toBeInstanceOf(StaleEpochError);
      expect(await reading).toMatchObject({ id, status: "queued" });
      expect((await heir.listSessions({ limit: 10 })).sessions).toHaveLength(1);
      expect(await heir.listMessages({ to: batchId, unackedOnly: false, limit: 10 })).toEqual([]);
      expect(await heir.getArtifact("a1")).toBeUndefined();
      expect(readdirSync(join(dirname(folder.databasePath), "artifacts"))).toEqual([]);
      expect(await heir.write(newSettle(id))).toMatchObject({ kind: "written" });
    });

    test("an opening waits for one that writes before the switch to WAL, as a start in the same moment does", async () => {
      await (await folder.open()).close();
      const other = new DatabaseSync(folder.databasePath);
      expect(other.prepare("PRAGMA journal_mode = DELETE").get()).toEqual({ journal_mode: "delete" });
      other.exec("BEGIN IMMEDIATE");
      setTimeout(() => {
        other.exec("COMMIT");
        other.close();
      }, 600);
      const store = await folder.open();
      expect(store.epoch).toBe(2);
      await acceptOne(store);
    });

    test("openings that race each get an epoch of their own, and one can write", async () => {
      const stores = await Promise.all(Array.from({ length: 5 }, () => folder.open()));
      expect(new Set(stores.map(({ epoch }) => epoch)).size).toBe(5);
      const outcomes = await Promise.allSettled(stores.map((store) => store.acceptBatch(newBatch(1))));
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    });
  });

  test("a full disk refuses the writes that do not fit, reads go on, small writes too", async () => {
    const store = await folder.open({ maxSizeBytes: 512 * 1024 });
    const { id, batchId } = await acceptOne(store);
    const huge = newMessage({ to: batchId, content: "x".repeat(1024 * 1024) });
    const small = newMessage({ to: batchId, content: "fits" });
    const [refused, posted, read] = await Promise.allSettled([
      store.write(newWrite(id, { events: [{ type: "wait-end" }], messages: [huge] })),
      store.postMessage(small),
      store.getSession(id),
    ]);
    expect(refused).toMatchObject({ status: "rejected", reason: { code: "storage-full", status: 507 } });
    expect(posted.status).toBe("fulfilled");
    expect(read).toMatchObject({ status: "fulfilled", value: { id } });
    expect(await store.getSession(id)).toMatchObject({ lastSeq: 1 });
    expect(await store.listMessages({ to: batchId, unackedOnly: true, limit: 10 })).toEqual([small]);
  });

  test("any text comes back as it was, in specs, journal, labels and mail", async () => {
    const store = await folder.open();
    const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme", maxLength: 300 }));
    await fc.assert(
      fc.asyncProperty(anyText, anyText, async (task, text) => {
        const spec = await acceptOne(store, { task, name: text, labels: { [task]: text } });
        const mail = newMessage({ to: spec.batchId, content: text });
        const event: JournalEvent = { type: "repair-request", text };
        await store.write(newWrite(spec.id, { events: [event], messages: [mail] }));
        expect(await store.getSession(spec.id)).toMatchObject(spec);
        const { sessions } = await store.listSessions({ labels: { [task]: text }, limit: 1 });
        expect(sessions[0]?.id).toBe(spec.id);
        const journal = await store.readJournal({ sessionId: spec.id, afterSeq: 1, limit: 1 });
        expect(journal[0]?.event).toEqual(event);
        expect(await store.listMessages({ to: spec.batchId, unackedOnly: true, limit: 1 })).toEqual([mail]);
      }),
      { numRuns: 30 },
    );
  });

  test("a text of ten megabytes comes back whole", async () => {
    const store = await folder.open();
    const { id } = await acceptOne(store);
    const text = "日本語 and ascii ".repeat(500_000);
    await store.write(newWrite(id, { events: [{ type: "repair-request", text }] }));
    const [entry] = await store.readJournal({ sessionId: id, afterSeq: 1, limit: 1 });
    expect(entry?.event).toEqual({ type: "repair-request", text });
  });

  test("however writes interleave, each journal counts 1, 2, 3 … and holds its events in order", async () => {
    const store = await folder.open();
    const plan = fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 0, max: 4 })), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(plan, async (steps) => {
        const batch = newBatch(4);
        await store.acceptBatch(batch);
        const expected: JournalEvent[][] = batch.sessions.map(() => [{ type: "session-create" }]);
        const writes = steps.map(([place, count], step) => {
          const events = Array.from({ length: count }, (_, turn): JournalEvent => ({
            type: "turn-start",
            turn: step * 10 + turn,
            reservedMicroUsd: 0,
          }));
          expected[place]?.push(...events);
          return store.write(newWrite(batch.sessions[place]?.id ?? "", { events }));
        });
        await Promise.all(writes);
        for (const [place, { id }] of batch.sessions.entries()) {
          const journal = await store.readJournal({ sessionId: id, afterSeq: 0, limit: 1_000 });
          expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, index) => index + 1));
          expect(journal.map(({ event }) => event)).toEqual(expected[place]);
          expect(await store.getSession(id)).toMatchObject({ lastSeq: journal.length });
        }
      }),
      { numRuns: 20 },
    );
  });

  test("session, batch and every report add the same calls to the same money", async () => {
    const store = await folder.open();
    const count = fc.nat(1e9);
    const call: fc.Arbitrary<ModelCall> = fc
      .record({
        provider: fc.constantFrom("groq", "openai"),
        usage: fc.record({
          inputTokens: count,
          outputTokens: count,
          cacheReadTokens: count,
          cacheWriteTokens: count,
        }),
        costMicroUsd: fc.option(fc.nat(1e12)),
        possiblyBilled: fc.boolean(),
      })
      .map(newCall);
    const plan = fc.array(fc.tuple(fc.nat(2), fc.array(call, { maxLength: 3 })), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(plan, async (steps) => {
        const batch = newBatch(3);
        // A time of its own, so that reports see this run only.
        folder.clock.advance(1_000);
        const at = folder.clock.now();
        await store.acceptBatch(batch);
        const ids = batch.sessions.map(({ id }) => id);
        await Promise.all(
          steps.map(([place, calls]) => store.write(newWrite(ids[place] ?? "", { at, calls }))),
        );

        const all = steps.flatMap(([, calls]) => calls);
        const spent = all.reduce((sum, { costMicroUsd }) => sum + (costMicroUsd ?? 0), 0);
        const inputTokens = all.reduce((sum, { usage }) => sum + usage.inputTokens, 0);
        expect(await store.getBatch(batch.id)).toMatchObject({
          costMicroUsd: spent,
          usage: { inputTokens },
          unpricedCalls: all.filter(({ costMicroUsd }) => costMicroUsd === null).length,
        });
        for (const groupBy of ["model", "provider", "session", "batch", "day"] as const) {
          const rows = await store.listCosts({ from: at, to: at + 1, groupBy, utcOffsetMinutes: 0 });
          expect(rows.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0)).toBe(spent);
          expect(rows.reduce((sum, { usage }) => sum + usage.inputTokens, 0)).toBe(inputTokens);
          expect(rows.reduce((sum, { calls }) => sum + calls, 0)).toBe(all.length);
        }
      }),
      { numRuns: 20 },
    );
  });
});
